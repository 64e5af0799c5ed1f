"""The servers that all contestants share, fresh topics and databases for each run, and what a run has used."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka.admin import AdminClient

from contracts.topics import MATCH
from deploy.local import identity, roles
from deploy.local.children import free_port
from deploy.local.kafka import Kafka, prepare, run_kafka
from deploy.local.postgres import Postgres, run_postgres
from deploy.local.topics import create_topics
from tests.bench.contestants import by_hand
from tests.bench.contestants.place import TABLES, Place
from tests.builders import a_service
from tests.harness import Databases

OURS = "notifications"
"""Whose schema and roles our service borrows."""


@dataclass(frozen=True)
class Used:
    """Seconds of CPU by group of processes, and bytes, since the servers were started."""

    cpu: dict[str, float]
    wal_bytes: int
    topic_bytes: int


@dataclass
class Arena:
    kafka: Kafka
    postgres: Postgres
    databases: Databases
    folder: Path
    partitions: int = MATCH.partitions
    _made: list[str] = field(default_factory=list)

    async def fresh(self, contestant: str, *, partitions: int = MATCH.partitions, size: int = 0) -> "Field":
        """An empty topic, two empty databases and a group that nobody has heard in."""
        admin = AdminClient({"bootstrap.servers": self.kafka.bootstrap, "log_level": 0})
        if MATCH.name in admin.list_topics(timeout=15).topics:
            for done in admin.delete_topics([MATCH.name], operation_timeout=15).values():
                done.result()
        self.partitions = partitions
        create_topics(self.kafka.bootstrap, topics=[replace(MATCH, partitions=partitions)])
        for name in self._made:
            roles.drop_database(self.databases.admin, name)
        self._made = [await asyncio.to_thread(self.databases.clone, a_service()) for _ in range(2)]
        for name in self._made:
            await self._furnish(contestant, name)
        return Field(self, contestant, f"bench-{secrets.token_hex(4)}", size)

    async def _furnish(self, contestant: str, name: str) -> None:
        dsn = roles.with_database(self.databases.admin, name)
        if contestant == "ours":
            dsn = self.databases.dsn(f"{OURS}_owner", name)
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(TABLES + ("" if contestant == "ours" else by_hand.TABLES))
        finally:
            await connection.close()

    def database(self, contestant: str, number: int) -> str:
        """The address of the telling (0) or the hearing (1) database, for who serves."""
        name = self._made[number]
        if contestant == "ours":
            return self.databases.dsn(f"{OURS}_app", name)
        return roles.with_database(self.databases.admin, name)

    async def used(self, **pids: int) -> Used:
        """What was used so far, by the servers and by the processes of these names."""
        connection = await asyncpg.connect(self.databases.admin)
        try:
            wal = await connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
        finally:
            await connection.close()
        roots = {"kafka": self._kafka_pid, "postgres": self.postgres.pid(), **pids}
        cpu = {name: cpu_of(pid) for name, pid in roots.items() if pid}
        return Used(cpu, wal, sum(map(_size_of_log, self.kafka.data.glob(f"{MATCH.name}-*[0-9]"))))

    async def postgres_version(self) -> str:
        connection = await asyncpg.connect(self.databases.admin)
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()

    @property
    def _kafka_pid(self) -> int:
        return next(child.pid for child in psutil.Process().children() if "java" in child.name())


@dataclass(frozen=True)
class Field:
    """What one run of one contestant plays on."""

    arena: Arena
    contestant: str
    group: str
    size: int

    def place(self, role: str, number: int = 0, *, count: int = 0) -> Place:
        """Where the process of that role, one of several, runs."""
        return Place(
            contestant=self.contestant,
            role=role,
            brokers=self.arena.kafka.bootstrap,
            topic=MATCH.name,
            database=self.arena.database(self.contestant, int(role == "hear")),
            instance=f"{role}-{number}",
            group=self.group,
            keys=str(self.arena.folder / "identity"),
            port=free_port() if role == "web" else 0,
            size=self.size,
            count=count,
        )

    @asynccontextmanager
    async def ends(self) -> AsyncIterator[Any]:
        """Asks how many records the topic has: `await count()`."""
        partitions = [TopicPartition(MATCH.name, number) for number in range(self.arena.partitions)]
        consumer = AIOKafkaConsumer(bootstrap_servers=self.arena.kafka.bootstrap, enable_auto_commit=False)
        async with consumer:
            consumer.assign(partitions)

            async def count() -> int:
                return sum((await consumer.end_offsets(partitions)).values())

            yield count


def cpu_of(pid: int, *, family: bool = True) -> float:
    """Seconds of a process, and with its `family` of its children, also of those that have ended."""
    root = psutil.Process(pid)
    total = 0.0
    for process in [root, *(root.children(recursive=True) if family else [])]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + (times.children_user + times.children_system if family else 0)
    return total


@contextmanager
def an_arena() -> Iterator[Arena]:
    """Kafka and PostgreSQL as local processes, since only then can be said what they use."""
    prepare()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else
        with _servers(folder) as arena:
            yield arena


@contextmanager
def _servers(folder: Path) -> Iterator[Arena]:
    with run_postgres(folder / "postgres") as postgres, run_kafka(folder / "kafka") as kafka:
        passwords = {role: secrets.token_hex(12) for role in roles.role_names()}
        roles.create_roles(postgres.dsn(), roles.SERVICES, passwords)
        identity.ensure_keys(folder / "identity")
        yield Arena(kafka, postgres, Databases(postgres.dsn(), passwords), folder)


def _size_of_log(partition: Path) -> int:
    """Bytes of its records; none if Kafka has just put it aside to be deleted."""
    try:
        return sum(log.stat().st_size for log in partition.iterdir() if log.suffix == ".log")
    except FileNotFoundError:
        return 0
