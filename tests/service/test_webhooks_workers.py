"""Workers that are killed, stopped, too slow or several: each event goes once, in order, or again after its lease."""

import asyncio
from uuid import uuid4

import pytest

from tests.service.dying import die_working
from tests.service.webhooks_example import SERVICE, accepted, declined, subscribe
from tests.service.webhooks_fixtures import receiver, world
from tests.waiting import eventually

__all__ = ["receiver", "world"]

DYING = """
import asyncio, json, os, sys
from services.webhooks.__main__ import SERVICE
from services.webhooks.delivery.post import Post
from chassis.process import start

async def send_and_die(post, *given):
    if sys.argv[1] == "after the answer":
        await send(post, *given)
    os._exit(9)

send, Post.send = Post.send, send_and_die

async def main():
    running = await start(SERVICE, SERVICE.settings(**json.loads(sys.stdin.read())))
    await SERVICE.jobs[0].work(running)
    os._exit(8)

asyncio.run(main())
"""


@pytest.mark.parametrize(("point", "times"), [("before the request", 1), ("after the answer", 2)])
async def test_killed_with_a_request_in_hand_the_event_is_sent_again_once_the_lease_is_over(
    world, receiver, point, times
):
    await subscribe(world, receiver)
    story = uuid4()
    await world.hear(accepted(story), declined(story))
    await die_working(world, DYING, point)
    await world.pool.execute("UPDATE lanes SET claimed_until = claimed_until + interval '1 hour'")  # this may be slow
    await world.run_jobs()
    assert len(receiver.seen) == times - 1, "while the lease holds, nobody else sends it, nor what stands behind it"
    await world.pool.execute("UPDATE lanes SET claimed_until = clock_timestamp() - interval '1 second'")
    await world.run_jobs()
    assert [each.story[1] for each in receiver.taken] == [1] * times + [2]
    assert len({each.id for each in receiver.taken}) == 2, "the same event bears the same id, so it can be dropped"


async def test_who_lost_the_lease_changes_nothing_any_more(world, receiver):
    await subscribe(world, receiver)

    async def lose_it(_request):
        await world.pool.execute("UPDATE lanes SET claim = gen_random_uuid()")
        return 204

    receiver.answer = lose_it
    await world.hear(accepted())
    await world.run_jobs()
    left = await world.pool.fetchval("SELECT count(*) FROM deliveries")
    log = await world.pool.fetchval("SELECT count(*) FROM attempts")
    assert (left, log) == (1, 1), "it is somebody else's to end; what happened is written down"


async def test_a_stop_waits_for_the_answer_of_what_is_under_way(world, receiver):
    await subscribe(world, receiver)
    await world.hear(accepted())
    task = asyncio.create_task(SERVICE.jobs[0].work(world.running))
    await receiver.arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await world.pool.fetchval("SELECT count(*) FROM deliveries") == 0


async def test_several_workers_send_each_event_once_and_in_order(world, a_world, receiver):
    await subscribe(world, receiver)
    others = [await a_world(SERVICE, database=world.database) for _ in range(2)]
    stories = [uuid4() for _ in range(12)]
    for number in range(1, 6):
        await world.hear(*(accepted(story) for story in stories[:1]), sequence=number)
        for story in stories[1:]:
            await world.hear(accepted(story), sequence=number)

    async def taken() -> int:
        await asyncio.gather(*(each.run_jobs() for each in (world, *others)))
        return len(receiver.taken)

    await eventually(taken, lambda count: count >= 60)
    assert receiver.stories() == {str(story): [1, 2, 3, 4, 5] for story in stories}
    assert len(receiver.seen) == 60


async def test_an_event_heard_while_its_lane_ends_is_not_left_behind(world, receiver):
    """The row of a lane is locked by who ends it and by who adds to it: whoever comes second sees the first."""
    await subscribe(world, receiver)
    story = uuid4()
    for number in range(1, 40):
        await asyncio.gather(world.hear(accepted(story), sequence=number), world.run_jobs())
    await world.run_jobs()
    assert receiver.stories() == {str(story): list(range(1, 40))}
