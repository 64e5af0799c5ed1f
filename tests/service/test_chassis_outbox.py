"""Promises of the chassis, tried with a service made for the test, on real Postgres."""

from uuid import UUID

import pytest

from chassis.consumer import on
from chassis.db import Tx
from chassis.envelope import new_id
from chassis.outbox import tell
from contracts.matching import MatchProposed
from contracts.notifications import LetterSent
from tests.builders import a_service

P1 = MatchProposed.example()


def another_match() -> MatchProposed:
    return P1.model_copy(update={"match_id": new_id()})


async def write_letter(tx: Tx, event: MatchProposed, *, now) -> None:
    if event.score == 0:
        raise ValueError("a letter about nothing")
    await tell(tx, [LetterSent.example().model_copy(update={"letter_id": event.match_id})], now=now)


SERVICE = a_service(hears=(on(MatchProposed, write_letter),), tells=(LetterSent,))


async def test_an_event_heard_twice_acts_once(a_world):
    world = await a_world(SERVICE)
    (event_id,) = await world.hear(P1)
    await world.hear(P1, event_id=event_id)
    assert len(await world.told(LetterSent)) == 1


async def test_the_same_event_twice_in_one_batch_acts_once(a_world):
    world = await a_world(SERVICE)
    await world.hear(P1, P1, event_id=new_id())
    assert len(await world.told(LetterSent)) == 1


async def test_a_rolled_back_change_tells_nothing(a_world):
    world = await a_world(SERVICE)
    with pytest.raises(RuntimeError, match="on second thought"):
        async with world.running.database.transaction() as tx:
            await tell(tx, [P1], now=world.clock.now())
            raise RuntimeError("on second thought")
    assert await world.told() == []


async def test_one_bad_message_is_parked_alone_and_its_key_waits_behind_it(a_world):
    world = await a_world(SERVICE)
    good = [another_match() for _ in range(9)]
    bad = another_match().model_copy(update={"score": 0})
    after_bad = bad.model_copy(update={"score": 7})
    await world.hear(*good[:4], bad, *good[4:], after_bad, parks=True)
    assert {event.letter_id for event in await world.told()} == {event.match_id for event in good}
    reasons = [row["reason"] for row in await world.parked()]
    assert reasons == ["ValueError: a letter about nothing", "stands behind a parked message of the same key"]


async def test_a_story_is_numbered_without_gaps_across_transactions(a_world):
    world = await a_world(SERVICE)
    for _ in range(3):
        async with world.running.database.transaction() as tx:
            await tell(tx, [P1, P1.model_copy(update={"policy_version": 2})], now=world.clock.now())
    rows = await world.pool.fetch("SELECT headers::jsonb ->> 'ce_sequence' AS n FROM outbox ORDER BY id")
    assert [row["n"] for row in rows] == ["1", "2", "3", "4", "5", "6"]


async def test_correlation_goes_along_and_causation_names_the_event_before(a_world):
    world = await a_world(SERVICE)
    (event_id,) = await world.hear(P1)
    (headers,) = await world.pool.fetchrow("SELECT headers::jsonb FROM outbox")
    assert headers["ce_causationid"] == str(event_id)
    assert UUID(headers["ce_correlationid"])
