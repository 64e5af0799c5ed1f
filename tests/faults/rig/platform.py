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
from deploy.local.demo.choices import Choices
from deploy.local.demo.life import Life
from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.instance import Instance
from deploy.local.migrate import migrate_all
from deploy.local.plan import Own, Plan
from deploy.local.ports import Ports
from deploy.local.roles import SERVICES
from deploy.local.steps import Steps
from tests.faults.checker import Record, Told, compare
from tests.faults.checker.reading import read_topic
from tests.faults.rig.process import Proc

ENV = {"MENTORING_REQUESTS_PER_SECOND": "10000", "MENTORING_LOG_LEVEL": "warning"}
REPLICAS = 2
_AUDIT = (
    "CREATE SCHEMA audit",
    (
        "CREATE TABLE audit.told (place bigint GENERATED ALWAYS AS IDENTITY,"
        " service text, event_id uuid, topic text, key text, sequence bigint)"
    ),
    """
    CREATE FUNCTION audit.note_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO audit.told (service, event_id, topic, key, sequence)
        VALUES (TG_TABLE_SCHEMA, NEW.event_id, NEW.topic, NEW.key, (NEW.headers::json ->> 'ce_sequence')::bigint);
        RETURN NULL;
    END $$
    """,
    *(
        f"CREATE TRIGGER note_told AFTER INSERT ON {name}.outbox FOR EACH ROW EXECUTE FUNCTION audit.note_told()"
        for name in SERVICES
    ),
)
_DIGEST = """
SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {schema}.{table} AS t
"""
_TABLES = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_schema = ANY($1::text[]) AND table_name NOT IN ('inbox', 'schema_version') ORDER BY 1, 2
"""


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
    procs: dict[str, list[Proc]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = Ports.free()
        self.instance = Instance(self.root, ports=self.ports, own=Own(), test_clock=True, steps=Steps(quiet=True))
        self.plan = Plan(self.root.resolve(), self.ports, Own(), test_clock=True, service_env=ENV)

    async def start(self) -> "Platform":
        """Servers, tables, audit, then every process."""
        self.instance.start(fresh=True, servers_only=True)
        migrate_all(self.plan)
        for statement in _AUDIT:
            await self.sql(statement)
        for name in SERVICES:
            self.procs[name] = [self._proc(name, number) for number in range(REPLICAS)]
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

    def _proc(self, name: str, number: int) -> Proc:
        env = {**self.plan.env(name), "MENTORING_INSTANCE": f"{name}-{number}"}
        return Proc(f"{name}-{number}", f"services.{name}", env, self.root)

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
        """A digest of each table of each service, leaving out the inboxes; and the letters that went out."""
        found = {}
        for schema, table in await self.sql(_TABLES, list(SERVICES)):
            ((digest,),) = await self.sql(_DIGEST.format(schema=schema, table=table))
            found[f"{schema}.{table}"] = digest
        return found | {"letters": str(len(self.letters()))}

    def letters(self) -> list[str]:
        """The ids of the letters that the mail server has taken, one for each time."""
        mails = [email.message_from_bytes(path.read_bytes()) for path in self.instance.letters.glob("*.eml")]
        return [str(mail["X-Mentoring-Letter"]) for mail in mails]

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
