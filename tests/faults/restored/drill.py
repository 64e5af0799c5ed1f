"""A platform whose PostgreSQL can be taken back to an instant, and what can be seen of it afterwards."""

import asyncio
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.topics import TOPICS
from deploy.local.children import REPOSITORY
from deploy.local.roles import SERVICES
from tests.faults.checker import Told, compare, restored
from tests.faults.checker.reading import raw_topic
from tests.faults.restored.reader import Reader, Shown
from tests.faults.rig.platform import Platform
from tests.faults.servers.point_in_time import PointInTime
from tests.faults.storm.traces import SEQUENCES
from tests.waiting import eventually

HEARERS = ("matching", "engagement", "notifications")
_LISTED = "SELECT event_id::text AS id, key, type, known_at IS NULL AS open FROM {}.told_before"


@dataclass
class Drill(Platform):
    """One process of each service."""

    replicas: int = 1

    async def start(self) -> "Drill":
        """All of it, with a base backup of the empty platform and an archive of what comes after."""
        await super().start()
        processes = self.instance.processes
        self.point = PointInTime(
            self.plan.postgres, lambda: processes.stop(["postgres"]), lambda: processes.start(["postgres"])
        )
        await asyncio.to_thread(self.point.begin)
        self.reader = Reader(self.plan.brokers)
        await self.quiet.wait()
        return self

    async def restore(self, instant: datetime) -> None:
        """What the page says: stop the services, restore, start them. Gives when they say that they are done."""
        for proc in self.all():
            await proc.stop()
        await asyncio.to_thread(self.point.restore, instant)
        await asyncio.gather(*(proc.start().ready() for proc in self.all()))
        for name in HEARERS:
            await eventually(lambda name=name: "consumer.rewound" in self.said(name), within=60)  # type: ignore[misc]
        await self.quiet.wait()

    def said(self, name: str) -> str:
        """The log of a service."""
        (proc,) = self.procs[name]
        return proc.log.read_text(errors="replace")

    async def command(self, name: str, *words: str) -> str:
        """What a command of the service prints."""
        env = {**self.plan.env(name), "PATH": "/usr/bin:/bin"}
        command = [sys.executable, "-m", f"services.{name}", *words]
        ran = await asyncio.to_thread(
            subprocess.run, command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=True
        )
        return ran.stdout

    async def listed(self) -> list[dict[str, Any]]:
        """Everything told before, in all services."""
        return [dict(row) for name in SERVICES for row in await self.sql(_LISTED.format(name))]

    async def lost(self) -> Counter[tuple[str, str]]:
        """What of it is not so any more: by type and key."""
        return Counter((row["type"].split(".")[1], row["key"]) for row in await self.listed() if row["open"])

    async def broken_after_restore(self) -> list[str]:
        """Whatever does not hold between topics and databases; nothing: all of it does."""
        listed = {row["id"] for row in await self.listed()}
        on_topic = {topic.name: await self.records(topic.name) for topic in TOPICS}
        found = []
        for name, records in on_topic.items():
            rows = await self.sql("SELECT event_id::text, key, sequence FROM audit.told WHERE topic = $1", name)
            told = [Told(*row) for row in rows]
            mine = listed & {record.id for record in records}
            for sentences in (
                compare.lost(told, records),
                compare.out_of_order(records),
                restored.numbers_used_twice(records),
                restored.not_listed(told, records, mine),
            ):
                found += [f"{name}: {sentence}" for sentence in sentences]
        for name, (topic, query) in SEQUENCES.items():
            found += restored.behind(name, dict(await self.sql(query)), on_topic[topic])
        return found

    async def different_from_topics(self) -> list[str]:
        """Where an owner's state is not what its topic says last."""
        found = []
        matches = {str(row[0]): row[1] for row in await self.sql("SELECT match_id, state FROM matching.matches")}
        for key, kind in (await self.last_types("matching.match.v1")).items():
            state = matches.get(key, "unknown")
            if state not in _STATES[kind]:
                found.append(f"match {key} is {state}, and the topic says {kind} last")
        closed = {str(row[0]): row[1] for row in await self.sql("SELECT id, closed_at FROM engagement.relationships")}
        for key, kind in (await self.last_types("engagement.relationship.v1")).items():
            if key not in closed or (closed[key] is not None) != (kind == "relationship-closed"):
                found.append(f"pair {key}: the topic says {kind} last")
        return found

    async def broken_letters_since(self, gone: set[str]) -> list[str]:
        """Letters that the mail server has taken, against those that this database says were sent."""
        rows = await self.sql(
            "SELECT letter_id::text FROM notifications.letters WHERE status = 'sent' AND digest_id IS NULL"
        )
        known = {row[0] for row in rows}
        unknown = set(self.letters()) - known - gone
        return [f"{len(unknown)} letters were sent that nobody knows"] if unknown else []

    async def last_types(self, topic: str) -> dict[str, str]:
        """By key, the type of the last event."""
        messages = await asyncio.to_thread(raw_topic, self.plan.brokers, topic)
        heads = [{name: value.decode() for name, value in message.headers()} for message in messages]
        return restored.last_types(
            [(int(each["ce_sequence"]), each["ce_subject"], each["ce_type"].split(".")[1]) for each in heads]
        )

    async def subscribe(self) -> Shown:
        """What a subscriber shows that has read along from before the restore, after it has read to the end."""
        return await asyncio.to_thread(self.reader.read_on)


_STATES = {
    "match-proposed": {"proposed"},
    "match-reminder-due": {"proposed"},
    "match-accepted": {"accepted", "ended"},
    "match-declined": {"declined"},
    "match-lapsed": {"lapsed"},
    "match-withdrawn": {"withdrawn", "unknown"},
}
