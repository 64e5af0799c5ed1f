"""Transactions meet trouble: what is tried again, what is not, and that nothing is done by half."""

import asyncio

import asyncpg
import pytest

from chassis.db import TRANSIENT, CommitUnknown
from chassis.outbox import tell
from contracts.matching import MatchProposed
from tests.builders import a_service

SERVICE = a_service(tells=(MatchProposed,))
EVENT = MatchProposed.example()


async def test_a_terminated_backend_is_tried_again_and_the_pool_recovers(a_world):
    world = await a_world(SERVICE)
    tries = []

    async def work(tx):
        tries.append(await tx.fetchval("SELECT pg_backend_pid()"))
        await tell(tx, [EVENT], now=world.clock.now())
        if len(tries) == 1:
            await _terminate(world, tries[0])
            await tx.fetchval("SELECT 1")

    await world.running.database.run(work)
    assert len(tries) == 2
    assert len(await world.told()) == 1


async def _terminate(world, pid):
    """The same role may end its own connections."""
    other = await asyncpg.connect(world.running.settings.database_url.get_secret_value())
    await other.execute("SELECT pg_terminate_backend($1)", pid)
    await other.close()


def test_an_error_without_sqlstate_counts_as_a_lost_connection():
    assert issubclass(asyncpg.InternalClientError, TRANSIENT)


async def test_a_deadlock_is_tried_again_as_a_whole(a_world):
    world = await a_world(SERVICE)
    both = asyncio.Barrier(2)
    entered = []

    async def cross(first: str, second: str):
        async def work(tx):
            entered.append(first)
            await tx.execute("SELECT pg_advisory_xact_lock(hashtext($1))", first)
            if len(entered) <= 2:
                await both.wait()
            await tx.execute("SELECT pg_advisory_xact_lock(hashtext($1))", second)
            return first

        return await world.running.database.run(work)

    assert await asyncio.gather(cross("a", "b"), cross("b", "a")) == ["a", "b"]
    assert len(entered) == 3


async def _breaks_at_commit(world, monkeypatch, *, times: int):
    from chassis import db

    commit, broken = db._commit, []

    async def lost(open_one):
        await commit(open_one)
        if len(broken) < times:
            broken.append(1)
            raise CommitUnknown("lost")

    monkeypatch.setattr(db, "_commit", lost)


async def test_a_commit_with_an_unknown_end_is_not_repeated(a_world, monkeypatch):
    world = await a_world(SERVICE)
    await _breaks_at_commit(world, monkeypatch, times=1)
    with pytest.raises(CommitUnknown):
        await world.running.database.run(lambda tx: tell(tx, [EVENT], now=world.clock.now()))
    assert len(await world.told()) == 1


async def test_unless_a_second_time_does_no_harm(a_world, monkeypatch):
    world = await a_world(SERVICE)
    await _breaks_at_commit(world, monkeypatch, times=1)

    async def work(tx):
        return await tx.fetchval(
            "INSERT INTO inbox (consumer, event_id) VALUES ('test', gen_random_uuid()) RETURNING consumer"
        )

    assert await world.running.database.run(work, repeatable=True) == "test"


async def test_an_event_too_large_for_the_broker_is_refused_with_its_change(a_world):
    world = await a_world(SERVICE)
    huge = EVENT.model_copy(update={"parts": {"x" * 1_000_000: 1}})
    with pytest.raises(Exception, match="larger than"):
        await world.running.database.run(lambda tx: tell(tx, [huge], now=world.clock.now()))
    assert await world.told() == []


async def test_two_tellers_of_one_story_keep_commit_order(a_world):
    world = await a_world(SERVICE)

    async def one(number: int):
        await world.running.database.run(
            lambda tx: tell(tx, [EVENT.model_copy(update={"score": number})], now=world.clock.now())
        )

    await asyncio.gather(*(one(number) for number in range(50)))
    rows = await world.pool.fetch("SELECT (headers::jsonb ->> 'ce_sequence')::int AS n FROM outbox ORDER BY id")
    assert [row["n"] for row in rows] == list(range(1, 51))


async def test_who_finds_no_free_connection_is_told_in_time_and_not_made_to_wait_again_and_again(a_world, monkeypatch):
    from chassis import db

    monkeypatch.setattr(db, "ACQUIRE_TIMEOUT", 0.2)
    monkeypatch.setattr(db, "RETRY_FOR", 0.1)
    world = await a_world(SERVICE, pool_size=2)
    async with world.pool.acquire(), world.pool.acquire():
        asked = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            await world.running.database.run(lambda tx: tx.fetchval("SELECT 1"))
        assert asyncio.get_running_loop().time() - asked < 1
    assert await world.running.database.run(lambda tx: tx.fetchval("SELECT 1")) == 1


async def test_slow_trouble_is_not_tried_again_as_often_as_quick_trouble(a_world, monkeypatch):
    from chassis import db

    monkeypatch.setattr(db, "RETRY_FOR", 0.3)
    world = await a_world(SERVICE)
    tries = []

    async def too_slow(tx):
        tries.append(1)
        await tx.execute("SET LOCAL statement_timeout = '200ms'")
        await tx.fetchval("SELECT pg_sleep(5)")

    with pytest.raises(asyncpg.QueryCanceledError):
        await world.running.database.run(too_slow)
    assert len(tries) == 2
