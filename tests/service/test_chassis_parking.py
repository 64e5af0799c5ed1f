"""What was set aside comes back in order, or leaves by a named person's hand."""

import pytest

from chassis.consumer import on
from chassis.consumer.replay import Replayer
from chassis.envelope import new_id
from chassis.errors import Conflict
from chassis.outbox import tell
from contracts.matching import MatchProposed
from tests.builders import a_service

faults = {"hear"}
"""What is wrong with the handler: mended by taking it out."""


async def hear(tx, event, *, now):
    if faults and event.score == 0:
        raise ValueError("nothing to hear")
    await tell(tx, [event], now=now)


SERVICE = a_service(hears=(on(MatchProposed, hear),), tells=(MatchProposed,))
STORY = [MatchProposed.example().model_copy(update={"match_id": new_id(), "score": score}) for score in (1, 0, 2, 3)]
STORY = [event.model_copy(update={"match_id": STORY[0].match_id}) for event in STORY]


@pytest.fixture
async def parked_world(a_world):
    faults.add("hear")
    world = await a_world(SERVICE)
    await world.hear(*STORY, parks=True)
    assert await scores(world) == [1]
    return world


async def scores(world) -> list[int]:
    """The effects: each event heard is told on."""
    return [event.score for event in await world.told()]


def replayer(world) -> Replayer:
    return Replayer(world.running.database, world.running.clock, SERVICE.reactions)


async def test_a_mended_story_is_replayed_in_order_and_flows_again(parked_world):
    faults.clear()
    assert await replayer(parked_world).replay(STORY[0].topic.name, STORY[0].key, by="Ada") == 3
    assert await scores(parked_world) == [1, 0, 2, 3]
    await parked_world.hear(STORY[0].model_copy(update={"score": 9}), sequence=9)
    assert await scores(parked_world) == [1, 0, 2, 3, 9]
    states = await parked_world.pool.fetch("SELECT state, resolved_by FROM parked")
    assert {(row["state"], row["resolved_by"]) for row in states} == {("replayed", "Ada")}


async def test_a_replay_stops_at_what_fails_again(parked_world):
    with pytest.raises(ValueError, match="nothing to hear"):
        await replayer(parked_world).replay(STORY[0].topic.name, STORY[0].key, by="Ada")
    assert [row["state"] for row in await parked_world.parked()] == ["parked"] * 3


async def test_discarding_needs_a_name_and_a_reason_and_happens_once(parked_world):
    (first, *_) = await parked_world.parked()
    await replayer(parked_world).discard(first["id"], by="Ada", reason="told by mistake")
    with pytest.raises(Conflict, match="no longer parked"):
        await replayer(parked_world).discard(first["id"], by="Ada", reason="again")
    assert await replayer(parked_world).replay(STORY[0].topic.name, STORY[0].key, by="Ada") == 2
    assert await scores(parked_world) == [1, 2, 3]
