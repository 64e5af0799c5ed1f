"""How many events a second one process delivers to a receiver that answers at once."""
import asyncio, time
import pytest
from tests.receivers import a_receiver
from tests.service.webhooks_example import SERVICE, accepted, subscribe

async def test_how_many_events_a_second(a_world):
    world = await a_world(SERVICE, webhooks_per_second=1000, pool_size=10)
    for each in (8, 16):
        world.running.settings = world.running.settings.model_copy(update={"webhooks_at_once_each": each})
        async with a_receiver() as r:
            await subscribe(world, r, per_second=1000)
            await world.hear(*(accepted() for _ in range(100)))
            t = time.monotonic(); c = time.process_time()
            while len(r.taken) < 100: await world.run_jobs(); print(len(r.taken), len(r.seen), time.monotonic()-t, flush=True)
            print(f"each={each}: {100/(time.monotonic()-t):.0f}/s, cpu {(time.process_time()-c)/100*1000:.2f} ms each")
            await world.pool.execute("DELETE FROM subscriptions")
