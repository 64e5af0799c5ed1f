"""How long events and the log are kept, and what becomes of what was never taken."""

from uuid import uuid4

from contracts.profiles import ProfileUpdated
from services.webhooks import metrics
from services.webhooks.handlers import forgetting
from tests.service.webhooks_example import DAY, MINUTE, accepted, ask, deliveries, later, subscribe
from tests.service.webhooks_fixtures import receiver, world
from tests.waiting import eventually

__all__ = ["receiver", "world"]


async def test_events_and_the_log_are_kept_for_fourteen_days(world, receiver):
    subscription = await subscribe(world, receiver)
    await world.hear(accepted())
    await world.run_jobs()
    await later(world, 13 * DAY)
    assert await world.pool.fetchval("SELECT count(*) FROM events") == 1
    assert len(await deliveries(world, subscription)) == 1
    await later(world, 2 * DAY)
    assert await world.pool.fetchval("SELECT count(*) FROM events") == 0
    assert await deliveries(world, subscription) == []


async def test_what_was_never_taken_is_forgotten_with_its_event_and_its_story_goes_on(world, receiver):
    subscription = await subscribe(world, receiver)
    story = uuid4()
    await ask(world, subscription, "pause")
    await world.hear(accepted(story))
    await later(world, 15 * DAY)
    assert (await ask(world, subscription))["waiting"] == 0
    await world.hear(accepted(story), sequence=2)
    await ask(world, subscription, "resume")
    await world.run_jobs()
    assert receiver.stories() == {str(story): [2]}
    assert await world.pool.fetchval("SELECT count(*) FROM lanes") == 0


async def test_who_reads_the_topics_anew_sends_nothing_old(world, receiver):
    await subscribe(world, receiver)
    profile = ProfileUpdated.example()
    (event_id,) = await world.hear(profile)
    await later(world, 15 * DAY)
    await world.forget_heard()
    records = [world._record(profile, 1, event_id)[1]]
    headers = [(name, b"2027-01-11T09:00:00Z" if name == "ce_time" else value) for name, value in records[0].headers]
    records[0].headers[:] = headers
    await world._settler().settle(records)
    await world.run_jobs()
    assert len(receiver.seen) == 1


async def test_a_receiver_that_waits_for_its_turn_is_seen_and_one_that_fails_waits_for_itself(world, receiver):
    """Somebody has updated the receivers and not committed: nobody gets a turn, and the gauge says for how long."""
    await subscribe(world, receiver)

    async def overdue() -> float:
        await forgetting.set_gauges(world.running)
        return metrics.TURN_WAIT_SECONDS._value.get()

    async with world.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM receivers FOR UPDATE")
        await world.hear(accepted())
        await world.run_jobs()
        await world.clock.set(world.clock.now() + MINUTE)
        first = await overdue()
        assert await eventually(overdue, lambda seconds: seconds > first) < 60, (
            "of the two, what is less: seconds, here"
        )
    await world.run_jobs()
    assert (len(receiver.taken), await overdue()) == (1, 0.0)
    receiver.answer = 500
    await world.hear(accepted())
    await world.run_jobs()
    await world.clock.set(world.clock.now() + MINUTE)
    assert await overdue() == 0.0
