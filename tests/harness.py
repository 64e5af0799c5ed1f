"""One service on a real database, without Kafka: events go in through the real inbox and come out of the outbox."""

import asyncio
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from chassis import migrate
from chassis.clock import TestClock
from chassis.consumer.replay import StoredRecord
from chassis.consumer.settle import Settler
from chassis.envelope import Context, new_id, seal
from chassis.process import start
from chassis.recall import Recaller
from chassis.running import Running
from chassis.service import Service
from chassis.timers import Sweep
from contracts.event import Event
from contracts.registry import BY_TYPE
from deploy.local import identity, roles

MONDAY = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
"""Where a world's calendar begins."""


class Databases:
    """Databases of one server; a service's first one is migrated and becomes the template of the others."""

    def __init__(self, admin: str, passwords: dict[str, str]) -> None:
        self.admin = admin
        self._passwords = passwords
        self._templates: dict[Path, str] = {}  # by folder: a service made for a test borrows another's name
        self._made: list[str] = []
        self._numbers = itertools.count(1)

    def dsn(self, role: str, database: str) -> str:
        """Where that role finds that database."""
        return roles.with_role(roles.with_database(self.admin, database), role, self._passwords[role])

    def clone(self, service: Service) -> str:
        """A fresh, migrated database; gives its name."""
        template = self._templates.get(service.folder) or self._make_template(service)
        return self._make(f"t{new_id().hex[-12:]}_{next(self._numbers)}", service, template)

    def drop(self) -> None:
        """Removes every database made here."""
        while self._made:
            roles.drop_database(self.admin, self._made.pop())

    def _make_template(self, service: Service) -> str:
        name = self._make(f"template_{service.name}_{new_id().hex[-12:]}", service)
        asyncio.run(migrate.migrate(service, self.dsn(f"{service.name}_owner", name)))
        self._templates[service.folder] = name
        return name

    def _make(self, name: str, service: Service, template: str = "template0") -> str:
        self._made.append(name)
        roles.create_database(self.admin, name, [service.name], template=template)
        return name


@dataclass
class World:
    """A service, its database, its calendar."""

    running: Running
    database: str
    keys: Path
    clock: "WorldClock"
    _offsets: Any = field(default_factory=itertools.count)
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def service(self) -> Service:
        return self.running.service

    @property
    def pool(self) -> Any:
        return self.running.pool

    async def hear(
        self, *events: Event, sequence: int = 1, event_id: UUID | None = None, parks: bool = False
    ) -> list[UUID]:
        """Delivers events in one batch, as if from Kafka; `sequence` counts up from there. Gives their ids."""
        records = [self._record(each, sequence + place, event_id) for place, each in enumerate(events)]
        parked_before = await self.parked()
        await self._settler().settle([record for _, record in records])
        parked = (await self.parked())[len(parked_before) :]
        if not parks and parked:
            raise AssertionError(f"parked: {[row['reason'] for row in parked]}")
        return [event_id for event_id, _ in records]

    async def find_on_topic(self, *events: Event, sequence: int = 1, event_ids: Sequence[UUID] = ()) -> None:
        """These lie on a topic of the service's own, beyond what it knows: its database was restored."""
        ids = event_ids or [None for _ in events]
        numbered = enumerate(zip(events, ids, strict=True), sequence)
        records = [self._record(event, number, event_id)[1] for number, (event, event_id) in numbered]
        recaller = Recaller(self.running)
        await self.running.database.run(lambda tx: recaller.take_in(tx, (records[0].topic, 0), records))

    async def lost(self) -> list[str]:
        """Types of what was told before and is not so here, in order."""
        rows = await self.pool.fetch(
            "SELECT type FROM told_before WHERE known_at IS NULL ORDER BY topic, key, sequence"
        )
        return [row["type"].split(".")[1] for row in rows]

    def _record(self, event: Event, sequence: int, event_id: UUID | None) -> tuple[UUID, StoredRecord]:
        sealed = seal(event, source="test", sequence=sequence, now=self.clock.now(), context=Context.fresh())
        headers = sealed.headers | ({"ce_id": str(event_id)} if event_id else {})
        wire = [(name, value.encode()) for name, value in headers.items()]
        record = StoredRecord(sealed.topic, 0, next(self._offsets), sealed.key.encode(), sealed.body.encode(), wire)
        return UUID(headers["ce_id"]), record

    def _settler(self) -> Settler:
        return Settler(
            self.running.database, self.running.clock, consumer=self.service.name, reactions=self.service.reactions
        )

    async def parked(self) -> list[Any]:
        """What was set aside."""
        return await self.pool.fetch("SELECT * FROM parked ORDER BY id")

    async def told(self, *kinds: type[Event]) -> list[Event]:
        """The events in the outbox, in order; only of these kinds, if any are given."""
        rows = await self.pool.fetch("SELECT headers, body FROM outbox ORDER BY id")
        events = [BY_TYPE[json.loads(row["headers"])["ce_type"]].read(row["body"]) for row in rows]
        return [event for event in events if not kinds or isinstance(event, kinds)]

    async def forget_told(self) -> None:
        """Empties the outbox, as the relay would."""
        await self.pool.execute("DELETE FROM outbox")

    async def forget_heard(self) -> None:
        """Empties the inbox, as time would."""
        await self.pool.execute("DELETE FROM inbox")

    async def fire_timers(self) -> int:
        """Fires every timer that is due, and those that they set and that are due at once."""
        sweep = Sweep(self.running.database, self.running.clock, self.service.timers)
        fired = 0
        while count := await sweep.fire_due():
            fired += count
        return fired

    async def run_jobs(self) -> None:
        """Lets each job work until it has no more to do."""
        for job in self.service.jobs:
            while await job.work(self.running):
                pass

    def client(self, role: str, subject: str = "somebody", *, scopes: tuple[str, ...] = ()) -> httpx.AsyncClient:
        """A client of the service's API with a real token."""
        token = identity.issue(self.keys, subject, [role], scopes=scopes)
        client = self.anonymous()
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    def anonymous(self) -> httpx.AsyncClient:
        """A client without a token."""
        from chassis.http.app import make_app

        app = make_app(self.running, role="all")
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._clients.append(httpx.AsyncClient(transport=transport, base_url="http://service.test"))
        return self._clients[-1]

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()
        for resource in self.running.resources.values():
            close = getattr(resource, "close", None) or getattr(resource, "shutdown", None)
            answer = close() if close else None
            if asyncio.iscoroutine(answer):
                await answer
        await self.running.pool.close()


class WorldClock:
    """The world's calendar: `await world.clock.set(instant)`, forward only."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def now(self) -> datetime:
        return self._running.clock.now()

    async def set(self, at: datetime) -> None:
        await self._running.set_clock(at)


async def open_world(service: Service, databases: Databases, name: str, keys: Path, more: dict[str, object]) -> World:
    """Opens a service on a database, with its calendar at MONDAY unless it stands later already."""
    given: dict[str, Any] = {"smtp_url": "smtp://127.0.0.1:9", "kafka_brokers": "127.0.0.1:9"}
    given |= {"webhooks_keys": "c2VhbHMtdGhlLXNlY3JldHMtb2YtYS10ZXN0cy13aDE=", "webhooks_plain_http": True}
    given |= {"webhooks_ports": "any", "webhooks_allowed_networks": "127.0.0.0/8"}
    given |= {"pool_size": 5, "requests_per_second": 100_000, "requests_at_once": 100_000} | more
    settings = service.settings(
        environment="test",
        database_url=databases.dsn(f"{service.name}_app", name),
        jwks_url=(keys / "jwks.json").as_uri(),
        token_issuer=identity.ISSUER,
        token_audience=identity.AUDIENCE,
        test_clock=True,
        **given,
    )
    running = await start(service, settings)
    assert isinstance(running.clock, TestClock)
    world = World(running, name, keys, WorldClock(running))
    if world.clock.now() < MONDAY:
        await world.clock.set(MONDAY)
    return world
