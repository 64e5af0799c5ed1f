"""F15: the disk is full. Nothing that was said is lost, nobody lies, and room is all that is needed to go on."""

import asyncio
import shutil
import time
from collections.abc import Awaitable
from contextlib import contextmanager

import httpx
import pytest

from deploy.local.children import free_port, unprivileged_user, wait_until
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from tests.faults.rig.ledger import open_ledger
from tests.faults.rig.load import under_load
from tests.faults.rig.silence import flows_again, note_answers, start_again
from tests.faults.servers.kafka import serving
from tests.faults.servers.postgres import Server, a_server
from tests.faults.servers.small_disk import a_small_disk
from tests.waiting import eventually

pytestmark = pytest.mark.full

SMALL_WAL = {"max_wal_size": "64MB", "min_wal_size": "32MB", "checkpoint_timeout": "30s"}


async def test_f15_a_full_disk_refuses_what_is_new_and_answers_what_is_there(row, kafka, keys, folder, scale):
    with row("F15", "PostgreSQL's data has no room") as f15, a_small_disk(folder / "disk", 160) as disk:
        postgres = Postgres(disk.folder / "postgres", free_port(), SMALL_WAL)
        postgres.initialise()
        move_wal(postgres, folder / "wal")
        with a_server(Server(postgres)) as server:
            async with open_ledger(server.dsn, kafka, keys, folder / "ledger") as ledger:
                await ledger.start(tellers=2, hearers=1)
                async with under_load(ledger) as load, await load.client() as client:
                    await load.book(client, accounts=["x-1"])
                    for _ in range(scale(1, 3)):
                        await load.answered(50)
                        disk.fill()
                        f15.inject("disk full")
                        before = load.sent["503"]
                        await eventually(lambda before=before: load.sent["503"] > before + 20, within=90)
                        await assert_somebody_else_can_read(ledger)
                        f15.measured["reads while full"] = f15.measured.get("reads while full", 0) + 1
                        await make_room(disk, ledger, f15, revived(server, f15))
                note_answers(f15, load)
                await ledger.settled()
                f15.judge(await ledger.check())
                assert all(proc.starts == 1 and proc.alive for proc in ledger.procs), "a service needed a hand"


async def assert_somebody_else_can_read(ledger):
    """Not the clerk: so many of their bookings are being tried that they are asked to wait."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {ledger.token('reader')}"}, timeout=10) as client:
        read = await client.get(f"{ledger.tellers[0].url}/v1/accounts/x-1")
    assert read.status_code == httpx.codes.OK, f"reading must go on: {read.text}"


async def test_f15_a_log_without_room_ends_postgres_and_loses_nothing_that_was_said(row, kafka, keys, folder):
    with row("F15", "PostgreSQL's log has no room") as f15, a_small_disk(folder / "disk", 160) as disk:
        postgres = Postgres(folder / "postgres", free_port(), SMALL_WAL)
        postgres.initialise()
        move_wal(postgres, disk.folder / "wal")
        with a_server(Server(postgres)) as server:
            async with open_ledger(server.dsn, kafka, keys, folder / "ledger") as ledger:
                await ledger.start(tellers=2, hearers=1)
                async with under_load(ledger, rate=150) as load:
                    await load.answered(50)
                    disk.fill()
                    f15.inject("disk full")
                    await eventually(lambda: "PANIC" in server.process.log.read_text(errors="replace"), within=120)
                    await make_room(disk, ledger, f15, revived(server, f15))
                note_answers(f15, load)
                await ledger.settled()
                f15.judge(await ledger.check())
                assert all(proc.starts == 1 and proc.alive for proc in ledger.procs), "a service needed a hand"


async def test_f15_a_broker_without_room_ends_and_everything_waits_in_the_outbox(row, postgres, keys, folder):
    with row("F15", "Kafka has no room") as f15, broker_on_small_disk(folder) as (cluster, disk):
        async with open_ledger(postgres, cluster.brokers, keys, folder / "ledger") as ledger:
            await ledger.start(tellers=2, hearers=1)
            async with under_load(ledger) as load:
                await load.answered(50)
                disk.fill()
                f15.inject("disk full")
                node = cluster.nodes[1]
                await eventually(lambda: not node.running, within=90)
                await load.answered(100)
                await make_room(disk, ledger, f15, start_again(node))
            note_answers(f15, load)
            await ledger.settled()
            f15.judge(await ledger.check())
            assert load.sent["503"] == 0, f"people were sent away while only Kafka was gone: {load.sent}"


@contextmanager
def broker_on_small_disk(folder):
    """Its log is written elsewhere, so that it can still say why it ends."""
    with a_small_disk(folder / "disk", 200) as disk:
        node = Kafka(disk.folder / "kafka", free_port(), free_port())
        with serving([node], log=folder / "kafka.log") as cluster:
            yield cluster, disk


def move_wal(postgres: Postgres, there) -> None:
    """Puts the write-ahead log on another disk, as one does."""
    shutil.move(postgres.data / "pg_wal", there)
    (postgres.data / "pg_wal").symlink_to(there)
    user = unprivileged_user(postgres.data)
    assert user is not None
    for path in (there, *there.rglob("*")):
        shutil.chown(path, user.pw_uid, user.pw_gid)


async def make_room(disk, ledger, f15, recovery: Awaitable[None]) -> None:
    """There is room again; counts the seconds until everything flows as before."""
    disk.make_room()
    began = time.monotonic()
    await recovery
    await flows_again(ledger)
    f15.recovered(time.monotonic() - began)


async def revived(server: Server, f15) -> None:
    """Started again if it has ended, as a supervisor does it; by itself PostgreSQL recovers only from less."""

    def ended() -> bool:
        try:
            wait_until(server.process.ready, within=15, what="PostgreSQL", died=server.process.last_words)
        except Exception:  # noqa: BLE001 - it is down for good, whatever the reason
            return True
        return False

    if await asyncio.to_thread(ended):
        f15.inject("PostgreSQL ended and was started")
        await start_again(server.process)
