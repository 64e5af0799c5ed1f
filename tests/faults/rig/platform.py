"""The four real services as a running system: two processes of each, and clients who ask whichever answers."""

import asyncio
import email
import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from contracts.topics import TOPICS
from deploy.local.children import REPOSITORY
from deploy.local.demo.choices import Choices
from deploy.local.demo.life import Life
from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.instance import Instance
from deploy.local.plan import Own, Plan
from deploy.local.ports import Ports
from deploy.local.roles import SERVICES
from deploy.local.steps import Steps
from tests.faults.checker import Record, Told, compare
from tests.faults.checker.reading import read_topic
from tests.faults.rig.process import Proc
from tests.faults.rig.release import run_migration
from tests.faults.storm.traces import watch

ENV = {"MENTORING_REQUESTS_PER_SECOND": "10000", "MENTORING_LOG_LEVEL": "warning"}
REPLICAS = 2
SAYS_AGAIN = {"429", "503"}
"""Statuses by which a service asks its clients to come again; any other above 499 is a failure."""
_DIGEST = """
SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {schema}.{table} AS t
"""
_TABLES = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_schema = ANY($1::text[]) AND table_name NOT IN ('inbox', 'positions', 'schema_version') ORDER BY 1, 2
"""


def _is_failure(said: str) -> bool:
    return said.isdigit() and said >= "500" and said not in SAYS_AGAIN


class Replicas(httpx.AsyncBaseTransport):
    """Sends a request for `http://matching` to the next process of matching that can be reached."""

    def __init__(self, procs: Mapping[str, list[Proc]]) -> None:
        self._procs = procs
        self._turns = itertools.count()
        self._wire = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=50))
        self.seen: Counter[str] = Counter()
        """Statuses, and errors by their name."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        procs = self._procs[request.url.host]
        for _ in procs:
            request.url = request.url.copy_with(host="127.0.0.1", port=procs[next(self._turns) % len(procs)].port)
            try:
                answer = await self._wire.handle_async_request(request)
            except httpx.ConnectError:
                self.seen["nobody there, asked the next"] += 1
            except httpx.TransportError as error:
                self.seen[type(error).__name__] += 1
                raise
            else:
                self.seen[str(answer.status_code)] += 1
                return answer
        raise httpx.ConnectError("no process of this service can be reached", request=request)

    async def aclose(self) -> None:
        await self._wire.aclose()


@dataclass
class Platform:
    """Kafka, PostgreSQL and SMTP of its own under `root`, and real processes of all services."""

    root: Path
    home: Path = REPOSITORY
    """Whose code migrates and serves."""
    replicas: int = REPLICAS
    procs: dict[str, list[Proc]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.ports = Ports.free()
        self.instance = Instance(
            self.root, ports=self.ports, own=Own(), test_clock=True, steps=Steps(quiet=True), guarded=False
        )
        self.plan = Plan(self.root.resolve(), self.ports, Own(), test_clock=True, service_env=ENV, guarded=False)

    async def start(self) -> "Platform":
        """Servers, tables, audit, then every process."""
        self.instance.start(fresh=True, servers_only=True)
        for name in SERVICES:
            await run_migration(self.home, name, self.plan.env(name, owner=True))
        await watch(self.plan.dsn("admin"))
        for name in SERVICES:
            for _ in range(self.replicas):
                self.add(name, self.home)
        await asyncio.gather(*(proc.start().ready() for proc in self.all()))
        self.transport = Replicas(self.procs)
        self.api = PlatformApi({name: f"http://{name}" for name in SERVICES}, self.instance.token)
        self.api._client = httpx.AsyncClient(timeout=30, transport=self.transport)
        self.observer = Observer(self.plan.brokers)
        self.quiet = Quiet(self.api, self.observer, listeners())
        return self

    def all(self) -> list[Proc]:
        """Every process."""
        return [proc for several in self.procs.values() for proc in several]

    def add(self, name: str, home: Path) -> Proc:
        """One more process of this service, not started yet, with the code that lies at `home`."""
        instance = f"{name}-{next(self._numbers)}"
        env = {**self.plan.env(name), "MENTORING_INSTANCE": instance}
        proc = Proc(instance, f"services.{name}", env, self.root, home=home)
        self.procs.setdefault(name, []).append(proc)
        return proc

    async def live(self, people: Path, *, seed: int) -> Life:
        """A company lives through a program."""
        life = Life(self.api, self.observer, self.quiet, Choices(seed), lambda *_: None)
        await life.live(people, {})
        return life

    async def sql(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """As the administrator."""
        connection = await asyncpg.connect(self.plan.dsn("admin"), timeout=10)
        try:
            return await connection.fetch(query, *args)
        finally:
            await connection.close()

    async def everything_kept(self) -> dict[str, str]:
        """A digest of each table of each service, but for how far topics were heard; the letters that went out."""
        found = {}
        for schema, table in await self.sql(_TABLES, list(SERVICES)):
            ((digest,),) = await self.sql(_DIGEST.format(schema=schema, table=table))
            found[f"{schema}.{table}"] = digest
        return found | {"letters": str(len(self.letters()))}

    def letters(self) -> list[str]:
        """The ids of the letters that the mail server has taken, one for each time."""
        mails = [email.message_from_bytes(path.read_bytes()) for path in self.instance.letters.glob("*.eml")]
        return [str(mail["X-Mentoring-Letter"]) for mail in mails]

    async def broken(self) -> list[str]:
        """Everything that is not as promised, once it is quiet; nothing: all held."""
        failed = [f"{count} answers {said}" for said, count in self.transport.seen.items() if _is_failure(said)]
        parked = await self.quiet.parked()
        return [
            *failed,
            *await self.broken_stories(),
            *await self.broken_letters(),
            *([f"{parked} messages are parked"] if parked else []),
        ]

    def how_it_went(self) -> dict[str, int]:
        """Answers, and requests that had to be sent again, by why."""
        seen = self.transport.seen
        again = {said: count for said, count in seen.items() if said in SAYS_AGAIN or not said.isdigit()}
        return {"answers": seen.total() - sum(again.values()), **again}

    async def counted(self) -> dict[str, int]:
        """What the table says of it."""
        ((committed,),) = await self.sql("SELECT count(DISTINCT event_id) FROM audit.told")
        records = [record for topic in TOPICS for record in await self.records(topic.name)]
        on_topic = len({record.id for record in records})
        return {"committed": committed, "duplicates": compare.duplicates(records), "lost": committed - on_topic}

    async def broken_stories(self) -> list[str]:
        """P1 to P3 for every topic: what was committed is there, nothing else is, each story in order."""
        findings = []
        for topic in TOPICS:
            rows = await self.sql("SELECT event_id::text, key, sequence FROM audit.told WHERE topic = $1", topic.name)
            told, records = [Told(*row) for row in rows], await self.records(topic.name)
            found = [*compare.lost(told, records), *compare.invented(told, records), *compare.out_of_order(records)]
            findings += [f"{topic.name}: {sentence}" for sentence in found]
        return findings

    async def records(self, topic: str) -> list[Record]:
        """What is on a topic."""
        return await asyncio.to_thread(read_topic, self.plan.brokers, topic)

    async def broken_letters(self) -> list[str]:
        """Letters that were accepted by the mail server, against those that are owed."""
        rows = await self.sql(
            "SELECT letter_id::text, confirmed FROM notifications.letters WHERE status = 'sent' AND digest_id IS NULL"
        )
        owed = [letter for letter, confirmed in rows if confirmed]
        return compare.letters(owed, self.letters(), [letter for letter, confirmed in rows if not confirmed])

    async def stop(self) -> None:
        """Ends everything."""
        for proc in self.all():
            proc.close()
        if hasattr(self, "api"):
            await self.api.close()
            self.observer.close()
        self.instance.stop()
