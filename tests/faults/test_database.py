"""F13, F14: replies of PostgreSQL are lost, it goes silent, ends, starts again, and its standby takes over."""

import asyncio
import time
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.faults.rig.ledger import open_ledger
from tests.faults.rig.load import under_load
from tests.faults.rig.silence import flows_again, longest_silence, note_answers, start_again
from tests.faults.servers.cable import a_cable
from tests.faults.servers.postgres import a_pair, one_server
from tests.faults.servers.proxy import a_proxy
from tests.waiting import eventually

pytestmark = pytest.mark.full

PATIENCE = 3
IMPATIENT = {"chassis__connections__COMMAND_TIMEOUT": PATIENCE}
"""So that a row need not wait half a minute for an answer that never comes."""


def port_of(dsn: str) -> tuple[str, int]:
    parts = urlsplit(dsn)
    return parts.hostname or "127.0.0.1", parts.port or 5432


def at(dsn: str, host: str, port: int) -> str:
    """The same address at another place."""
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@{host}:{port}"))


async def start_through(ledger, teller: tuple[str, int], hearer: tuple[str, int]) -> None:
    """Two tellers and a hearer that find PostgreSQL at these places."""
    for _ in range(2):
        ledger.add_teller(MENTORING_DATABASE_URL=at(ledger.dsn(f"{ledger.teller}_app"), *teller))
    ledger.add_hearer(MENTORING_DATABASE_URL=at(ledger.dsn(f"{ledger.hearer}_app"), *hearer))
    await ledger.start(tellers=0, hearers=0)


async def test_f13_a_commit_whose_reply_is_lost_is_done_once(row, ledger, scale):
    with row("F13", "the replies of COMMITs are lost") as f13:
        target = port_of(ledger.admin)
        with a_proxy(target) as teller, a_proxy(target) as hearer:
            await start_through(ledger, ("127.0.0.1", teller.port), ("127.0.0.1", hearer.port))
            async with under_load(ledger, rate=20) as load:
                for lost in range(1, scale(10, 40) + 1):
                    await load.answered(5)
                    for proxy in (teller, hearer):
                        proxy.lose_commits()
                        await eventually(lambda proxy=proxy: proxy.commits_lost, lost.__eq__)
                last = time.monotonic()
            f13.inject("reply lost to the API", teller.commits_lost)
            f13.inject("reply lost to the consumer", hearer.commits_lost)
            note_answers(f13, load)
            f13.recovered(await ledger.settled(since=last))
            f13.judge(await ledger.check())


@pytest.mark.parametrize("way", ["to the client", pytest.param("to the server", marks=pytest.mark.full)])
async def test_f13_a_silent_database_is_given_up_in_time_and_used_again_when_it_answers(row, a_ledger, way):
    with row("F13", f"bytes {way} vanish, connections stay open") as f13:
        async with a_ledger(**IMPATIENT) as ledger:
            with a_proxy(port_of(ledger.admin)) as proxy:
                await start_through(ledger, ("127.0.0.1", proxy.port), ("127.0.0.1", proxy.port))
                async with going_silent(f13, ledger, way) as load:
                    proxy.swallowed.add(way)
                    await given_up(load)
                    proxy.swallowed.clear()
                assert proxy.bytes_swallowed


@pytest.mark.full
@pytest.mark.parametrize("way", ["to the client", "to the server"])
async def test_f13_a_cable_that_loses_one_direction_is_noticed_and_survived(row, a_ledger, way):
    with row("F13", f"packets {way} are dropped") as f13:
        async with a_ledger(**IMPATIENT) as ledger:
            with a_cable(port_of(ledger.admin)) as cable:
                await start_through(ledger, (cable.host, cable.port), (cable.host, cable.port))
                async with going_silent(f13, ledger, way) as load:
                    with cable.losing(way):
                        await given_up(load)


@asynccontextmanager
async def going_silent(f13, ledger, way):
    """What is the same for each kind of silence: load before, during and after, and the verdict."""
    async with under_load(ledger, rate=20) as load:
        await load.answered(40)
        f13.inject(f"nothing {way} any more")
        yield load
        heard = time.monotonic()
        await flows_again(ledger)
        f13.recovered(time.monotonic() - heard)
    note_answers(f13, load)
    await ledger.settled()
    f13.judge(await ledger.check())


async def given_up(load):
    """Somebody was sent away, or went away: the silence has lasted longer than a request."""
    await eventually(lambda: load.sent["503"] + load.sent["ReadTimeout"], within=60)


_TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


async def test_f14_terminated_backends_are_replaced_and_their_work_is_done_again(row, ledger, scale):
    with row("F14", "all backends are terminated") as f14:
        await ledger.start(tellers=2, hearers=1)
        async with under_load(ledger, rate=20) as load:
            for _ in range(scale(10, 40)):
                await load.answered(10)
                ((count,),) = await ledger.sql(_TERMINATE)
                f14.inject("backend terminated", count)
                last = time.monotonic()
        note_answers(f14, load)
        f14.recovered(await ledger.settled(since=last))
        f14.judge(await ledger.check())


@pytest.mark.full
@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_f14_a_restarted_postgres_is_found_again_by_every_process(row, kafka, keys, folder, scale, mode):
    with row("F14", f"PostgreSQL restarts, {mode}") as f14, one_server(folder / "postgres") as server:
        async with open_ledger(server.dsn, kafka, keys, folder / "ledger") as ledger:
            await ledger.start(tellers=2, hearers=1)
            async with under_load(ledger) as load:
                for _ in range(scale(2, 3)):
                    await load.answered(60)
                    server.end(mode)
                    f14.inject(f"{mode} shutdown and start")
                    await start_again(server.process)
                    serves = time.monotonic()
                    await flows_again(ledger)
                    f14.recovered(time.monotonic() - serves)
            note_answers(f14, load)
            await ledger.settled()
            f14.judge(await ledger.check())


async def test_f14_a_killed_primary_is_replaced_by_its_standby_without_losing_a_commit(row, kafka, keys, folder):
    with row("F14", "the primary is killed, its standby promoted") as f14, a_pair(folder / "postgres") as pair:
        async with open_ledger(pair.both(pair.primary.dsn), kafka, keys, folder / "ledger") as ledger:
            await ledger.start(tellers=2, hearers=2)
            await fail_over(f14, ledger, pair, "SIGKILL of the primary and all its backends", pair.primary.kill)


async def test_f14_a_primary_that_vanishes_without_a_word_is_replaced_by_its_standby(row, kafka, keys, folder):
    with row("F14", "the primary vanishes, its standby is promoted") as f14, a_hidden_pair(folder) as (pair, proxy):
        both = pair.both(pair.primary.dsn, through=proxy.port)
        async with open_ledger(both, kafka, keys, folder / "ledger", **IMPATIENT) as ledger:
            await ledger.start(tellers=2, hearers=2)

            def vanish() -> None:
                """It runs on, unseen: whoever asks it anything is left without an answer."""
                proxy.swallowed.update(("to the server", "to the client"))
                ledger.admin = at(ledger.admin, "127.0.0.1", pair.standby.postgres.port)

            await fail_over(f14, ledger, pair, "silence of the primary", vanish)


@contextmanager
def a_hidden_pair(folder):
    """A primary that is found through a proxy only, and its standby."""
    with a_pair(folder / "postgres") as pair, a_proxy(port_of(pair.primary.dsn)) as proxy:
        yield pair, proxy


async def fail_over(f14, ledger, pair, what, end_primary):
    """The primary ends under load, the standby is promoted, and nobody touches a service."""
    async with under_load(ledger) as load:
        await load.answered(200)
        ended = time.monotonic()
        end_primary()
        f14.inject(what)
        await asyncio.to_thread(pair.promote)
        f14.inject("promotion")
        await flows_again(ledger)
        f14.recovered(time.monotonic() - ended)
        await load.answered(100)
    note_answers(f14, load)
    await ledger.settled()
    f14.measured["longest silence s"] = await longest_silence(ledger)
    f14.judge(await ledger.check())
    assert all(proc.alive and proc.starts == 1 for proc in ledger.procs), "a process needed a hand"
