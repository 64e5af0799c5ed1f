"""The ledger as a running system: its database, its topics, its processes, and what it has left behind."""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from chassis.migrate import migrate
from deploy.local import identity, roles
from deploy.local.topics import create_topics
from tests.faults.checker import Facts, Verdict, check
from tests.faults.checker.reading import read_ends, read_offsets, read_tables, read_topic
from tests.faults.inject.mutations import IN_DATABASE
from tests.faults.ledger import story
from tests.faults.rig.process import Proc
from tests.waiting import eventually

AUDIT = Path(__file__).with_name("audit.sql")
LEDGER = Path(story.__file__).parent
SETTLED_WITHIN = 90.0
_PENDING = """
SELECT (SELECT count(*) FROM {teller}.outbox) + (SELECT count(*) FROM {hearer}.outbox)
     + (SELECT count(DISTINCT event_id) FROM audit.told WHERE topic = $1)
     - (SELECT count(DISTINCT event_id) FROM (SELECT event_id FROM {hearer}.effects UNION ALL
            SELECT event_id FROM {hearer}.parked WHERE state <> 'replayed' UNION ALL
            SELECT event_id FROM {teller}.parked) AS done)
"""


@dataclass(frozen=True)
class Place:
    """What migrations need to know of one half of the ledger."""

    name: str
    folder: Path


@dataclass
class Ledger:
    """`admin` is the administrator's address of our database; everything is named after `name`."""

    name: str
    admin: str
    brokers: str
    keys: Path
    folder: Path
    passwords: dict[str, str]
    mutation: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    """Constants of the chassis with other values, for every process (`FAULTS_SET`)."""
    tellers: list[Proc] = field(default_factory=list)
    hearers: list[Proc] = field(default_factory=list)
    answered: dict[str, dict[str, int]] = field(default_factory=dict)
    """What clients were answered: by request, the versions."""

    @property
    def teller(self) -> str:
        return f"teller_{self.name}"

    @property
    def hearer(self) -> str:
        return f"hearer_{self.name}"

    @property
    def procs(self) -> list[Proc]:
        return [*self.tellers, *self.hearers]

    def add_teller(self, *, role: str = "all", **env: str) -> Proc:
        """One more process of the teller; not started yet. Each carries the outbox; clients use them in turn."""
        return self._add("teller", self.tellers, role, env)

    def add_hearer(self, **env: str) -> Proc:
        """One more member of the hearer's group; not started yet."""
        return self._add("hearer", self.hearers, "worker", env)

    def _add(self, half: str, among: list[Proc], role: str, env: dict[str, str]) -> Proc:
        name = f"{half}-{len(among)}"
        known = {**self.env(half), "MENTORING_INSTANCE": name, **env}
        among.append(Proc(name, f"tests.faults.ledger.{half}", known, self.folder, role=role))
        return among[-1]

    def env(self, half: str) -> dict[str, str]:
        """What a process of this half reads; also for its command line."""
        return {
            "LEDGER": self.name,
            "PYTHONUNBUFFERED": "1",
            "MENTORING_ENVIRONMENT": "test",
            "MENTORING_DATABASE_URL": self.dsn(f"{half}_{self.name}_app"),
            "MENTORING_KAFKA_BROKERS": self.brokers,
            "MENTORING_JWKS_URL": (self.keys / "jwks.json").as_uri(),
            "MENTORING_TOKEN_ISSUER": identity.ISSUER,
            "MENTORING_TOKEN_AUDIENCE": identity.AUDIENCE,
            "MENTORING_REQUESTS_PER_SECOND": "100000",
            "MENTORING_LOG_LEVEL": "info",
            "FAULTS_MUTATION": self.mutation,
            "FAULTS_SET": ",".join(f"{name}={value}" for name, value in self.settings.items()),
        }

    def dsn(self, role: str) -> str:
        """Where that role finds our database."""
        return roles.with_role(self.admin, role, self.passwords[role])

    def token(self, subject: str = "clerk") -> str:
        """A bearer token of somebody who may book."""
        return identity.issue(self.keys, subject, ["system"])

    async def start(self, *, tellers: int = 1, hearers: int = 1) -> "Ledger":
        """Adds and starts these processes and waits until all are ready."""
        for _ in range(tellers):
            self.add_teller()
        for _ in range(hearers):
            self.add_hearer()
        for proc in self.procs:
            if not proc.alive:
                proc.start()
        await asyncio.gather(*(proc.ready() for proc in self.procs))
        return self

    async def sql(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """As the administrator; `{teller}` and `{hearer}` are the schemas."""
        connection = await asyncpg.connect(self.admin, timeout=10)
        try:
            named = query.replace("{teller}", self.teller).replace("{hearer}", self.hearer)
            return await connection.fetch(named, *args) if args else await self._plain(connection, named)
        finally:
            await connection.close()

    @staticmethod
    async def _plain(connection: asyncpg.Connection, query: str) -> list[asyncpg.Record]:
        # Without arguments several statements may stand in one text; those that give rows come alone.
        if query.lstrip().upper().startswith(("SELECT", "WITH")) or "RETURNING" in query.upper():
            return await connection.fetch(query)
        await connection.execute(query)
        return []

    async def pending(self) -> int:
        """Committed events that are not taken up yet, and rows that wait in an outbox."""
        ((pending,),) = await self.sql(_PENDING, story.books(self.name).name)
        return int(pending)

    async def settled(self, *, since: float | None = None, within: float = SETTLED_WITHIN) -> float | None:
        """Waits until everything committed was taken up; gives the seconds `since` then, or None: it never was."""
        begun = time.monotonic() if since is None else since
        try:
            await eventually(self.pending, lambda pending: pending == 0, within=within)
        except AssertionError:
            return None  # the checker says what is missing
        return time.monotonic() - begun

    async def facts(self) -> Facts:
        """Everything there is to know now."""
        books, notes = story.books(self.name).name, story.notes(self.name).name
        facts = await read_tables(self.admin, teller=self.teller, hearer=self.hearer, books=books, notes=notes)
        facts.records = await asyncio.to_thread(read_topic, self.brokers, books)
        facts.noted = await asyncio.to_thread(read_topic, self.brokers, notes)
        facts.answered = dict(self.answered)
        return facts

    async def check(self, *, offsets: bool = False) -> Verdict:
        """The checker's verdict on what is there now; with `offsets`, also on what the hearer's group calls done."""
        facts = await self.facts()
        if offsets:
            facts.offsets = await asyncio.to_thread(
                read_offsets, self.brokers, self.hearer, story.books(self.name).name
            )
        verdict = check(facts)
        if ended := [sentence for proc in self.procs if proc.popen for sentence in proc.uninvited()]:
            verdict.broken["processes"] = ended
        return verdict

    async def caught_up(self) -> bool:
        """Whether the hearer's group is done with everything that is on the topic now."""
        books = story.books(self.name).name
        ends = await asyncio.to_thread(read_ends, self.brokers, books)
        done = await asyncio.to_thread(read_offsets, self.brokers, self.hearer, books)
        return all(done[number] >= end for number, end in ends.items())

    async def cut_off(self, proc: Proc) -> int:
        """Ends a process's sessions in PostgreSQL, as the server does with a client that is gone; gives how many."""
        ports = [each.laddr.port for each in psutil.Process(proc.pid).net_connections("tcp") if each.laddr]
        ended = await self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port = ANY($1::int[])"
            " AND datname = current_database()",
            ports,
        )
        return len(ended)


@asynccontextmanager
async def open_ledger(
    admin: str,
    brokers: str,
    keys: Path,
    folder: Path,
    *,
    mutation: str = "",
    replication: int = 1,
    make_topics: Callable[..., object] = create_topics,
    **settings: object,
) -> AsyncIterator[Ledger]:
    """A ledger with a database and topics of its own; nothing runs yet. `settings`: dots written as two underscores."""
    name = secrets.token_hex(3)
    both = (f"teller_{name}", f"hearer_{name}")
    passwords = {role: secrets.token_hex(12) for role in roles.role_names(both)}
    await asyncio.to_thread(roles.create_roles, admin, both, passwords)
    ours = await asyncio.to_thread(roles.create_database, admin, f"ledger_{name}", both)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    constants = {name.replace("__", "."): str(value) for name, value in settings.items()}
    ledger = Ledger(name, ours, brokers, keys, folder, passwords, mutation, constants)
    try:
        topics = [story.books(name), story.notes(name)]
        await asyncio.to_thread(make_topics, brokers, topics=topics, replication=replication)
        await _furnish(ledger)
        yield ledger
    finally:
        for proc in ledger.procs:
            proc.close()
        if os.environ.get("DATABASE_URL"):  # another server ends with the run
            await asyncio.to_thread(roles.drop_database, admin, f"ledger_{name}")


async def _furnish(ledger: Ledger) -> None:
    """Tables, audit triggers, and a mutation that is made in the database."""
    for half, name in (("teller", ledger.teller), ("hearer", ledger.hearer)):
        await migrate(Place(name, LEDGER / half), ledger.dsn(f"{name}_owner"))
    await ledger.sql(AUDIT.read_text(encoding="utf-8"))
    if ledger.mutation in IN_DATABASE:
        await ledger.sql(IN_DATABASE[ledger.mutation])
