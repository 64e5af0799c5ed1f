"""What was told before is sent again when somebody asks, in order, as long as it is kept."""

import asyncio
from uuid import uuid4

from tests.service.webhooks_example import (
    DAY,
    HOUR,
    accepted,
    ask,
    declined,
    later,
    subscribe,
)
from tests.service.webhooks_fixtures import receiver, world

__all__ = ["receiver", "world"]


async def test_a_replay_sends_every_story_again_from_its_beginning(world, receiver):
    subscription = await subscribe(world, receiver, event_types=["mentoring.match-accepted.v1"])
    before, after = uuid4(), uuid4()
    await world.hear(accepted(before))
    await later(world, HOUR)
    since = world.clock.now()
    await world.hear(accepted(after), declined(after), accepted(after))
    await world.run_jobs()
    receiver.taken.clear()
    assert (await ask(world, subscription, "replay", **{"from": since.isoformat()}))["queued"] == 2
    await world.run_jobs()
    assert receiver.stories() == {str(after): [1, 3]}
    again = {each.id for each in receiver.seen if each.event["subject"] == str(after)}
    assert len(again) == 2, "a replayed event bears the id it had"


async def test_a_subscription_made_today_may_ask_for_what_was_told_before_it(world, receiver):
    story = uuid4()
    await world.hear(accepted(story), declined(story))
    await later(world, DAY)
    subscription = await subscribe(world, receiver)
    await world.run_jobs()
    assert receiver.seen == []
    assert (await ask(world, subscription, "replay", **{"from": "2027-01-11T00:00:00Z"}))["queued"] == 2
    await world.run_jobs()
    assert receiver.stories() == {str(story): [1, 2]}


async def test_a_replay_while_an_event_is_under_way_still_sends_the_story_in_order(world, receiver):
    subscription = await subscribe(world, receiver)
    story, now = uuid4(), world.clock.now()
    await world.hear(accepted(story), declined(story))
    await world.run_jobs()
    replayed = asyncio.Event()

    def answer(request):
        if request.event["sequence"] == 3 and not replayed.is_set():
            replayed.set()
            task = asyncio.create_task(ask(world, subscription, "replay", **{"from": now.isoformat()}))
            receiver.pending = task
        return 204

    receiver.answer = answer
    await world.hear(accepted(story), sequence=3)
    await world.run_jobs()
    await receiver.pending
    await world.run_jobs()
    sent = [sequence for _, sequence in (each.story for each in receiver.taken)]
    assert sent[:3] == [1, 2, 3]
    assert sent[-2:] in ([2, 3], [1, 2])
    assert [each for each in sent[3:] if each != 3] == [1, 2]
