"""Timers fire once, in the order of their instants, and one that fails does not hold up the others."""

from datetime import timedelta

from chassis import timers
from chassis.outbox import tell
from chassis.process import start
from chassis.timers import at
from contracts.matching import MatchProposed
from tests.builders import a_service
from tests.harness import MONDAY

fired: list[tuple[str, object]] = []


async def note(tx, key, *, now):
    fired.append((key, now))
    await tell(tx, [MatchProposed.example()], now=now)


async def fail(tx, key, *, now):
    raise ValueError(f"cannot do {key}")


SERVICE = a_service(timers=(at("note", note), at("fail", fail)), tells=(MatchProposed,))


async def _set(world, kind, *keys, first=MONDAY + timedelta(hours=1)):
    async with world.running.database.transaction() as tx:
        for place, key in enumerate(keys):
            await timers.set(tx, kind, key, first + timedelta(hours=place))


async def test_timers_fire_once_and_in_order(a_world):
    world = await a_world(SERVICE)
    fired.clear()
    await _set(world, "note", "c", "a", "b")
    assert await world.fire_timers() == 0
    await world.clock.set(MONDAY + timedelta(days=1))
    assert await world.fire_timers() == 3
    assert await world.fire_timers() == 0
    assert [key for key, _ in fired] == ["c", "a", "b"]
    assert len(await world.told()) == 3


async def test_setting_again_moves_and_cancelling_takes_away(a_world):
    world = await a_world(SERVICE)
    fired.clear()
    await _set(world, "note", "moved", "gone")
    async with world.running.database.transaction() as tx:
        await timers.set(tx, "note", "moved", MONDAY + timedelta(days=2))
        await timers.cancel(tx, "note", "gone")
    await world.clock.set(MONDAY + timedelta(days=1))
    assert await world.fire_timers() == 0
    await world.clock.set(MONDAY + timedelta(days=3))
    assert await world.fire_timers() == 1


async def test_a_failing_timer_is_put_off_and_the_others_fire(a_world):
    world = await a_world(SERVICE)
    fired.clear()
    await _set(world, "fail", "never")
    await _set(world, "note", "x", "y")
    await world.clock.set(MONDAY + timedelta(days=1))
    await world.fire_timers()
    assert [key for key, _ in fired] == ["x", "y"]
    (left,) = await world.pool.fetch("SELECT key, tries, not_before > clock_timestamp() AS later FROM timers")
    assert dict(left) == {"key": "never", "tries": 1, "later": True}


async def test_timers_survive_a_restart(a_world):
    world = await a_world(SERVICE)
    fired.clear()
    await _set(world, "note", "kept")
    again = await a_world(SERVICE, database=world.database)
    await again.clock.set(MONDAY + timedelta(days=1))
    assert await again.fire_timers() == 1


async def test_a_process_and_a_command_begin_with_the_test_calendar_as_it_stands(a_world):
    world = await a_world(SERVICE)
    await world.clock.set(MONDAY + timedelta(days=1))
    another = await start(world.running.service, world.running.settings)
    try:
        assert another.clock.now() == MONDAY + timedelta(days=1)
    finally:
        await another.pool.close()
