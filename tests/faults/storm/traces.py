"""What the whole platform has left behind: topics, tables, letters; read without any code of the platform."""

import asyncio
import email
import email.policy
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from tests.faults.checker.facts import Told
from tests.faults.checker.reading import raw_topic

AUDIT = Path(__file__).with_name("audit.sql").read_text(encoding="utf-8")
SERVICES = ("profiles", "matching", "engagement", "notifications", "webhooks")
TOPICS = (
    *("profiles.person.v1", "profiles.contact.v1", "matching.program.v1", "matching.run.v1", "matching.match.v1"),
    *("engagement.relationship.v1", "notifications.letter.v1", "webhooks.subscription.v1"),
)
SEQUENCES = {
    "matching.people": ("profiles.person.v1", "SELECT person_id, sequence FROM matching.people"),
    "engagement.people": ("profiles.person.v1", "SELECT person_id, sequence FROM engagement.people"),
    "notifications.people, profile": (
        "profiles.person.v1",
        "SELECT person_id, profile_sequence FROM notifications.people",
    ),
    "notifications.people, contact": (
        "profiles.contact.v1",
        "SELECT person_id, contact_sequence FROM notifications.people",
    ),
}
"""Projections that keep the sequence of the fact they show: by name, the topic they follow and how to ask."""
_STATES = "SELECT match_id::text, state FROM matching.matches"
_IN_DOUBT = "SELECT letter_id::text FROM notifications.letters WHERE status = 'sent' AND NOT confirmed"
_PARKED = "SELECT reason FROM {}.parked WHERE state = 'parked'"


@dataclass(frozen=True)
class Record:
    """One record of a topic."""

    id: str
    type: str
    key: str
    sequence: int
    partition: int
    offset: int
    body: dict[str, Any] = field(compare=False, hash=False)


@dataclass
class Traces:
    """Everything that one life has left behind."""

    told: dict[str, list[Told]]
    """By topic, what was committed to an outbox."""
    records: dict[str, list[Record]]
    sequences: dict[str, dict[str, int]]
    """By projection, the sequence that it shows of each key."""
    relationships: list[str]
    """The match of each relationship that was begun."""
    states: dict[str, str]
    """By match, its state."""
    in_doubt: set[str]
    """Letters handed over without hearing the mail server's answer."""
    parked: list[str]
    letters: list[str]
    """The id in each letter that the mail server took, in any order."""


async def watch(admin: str) -> None:
    """Installs the triggers, before anything is told."""
    connection = await asyncpg.connect(admin)
    await connection.execute(AUDIT)
    await connection.close()


async def read_traces(
    admin: str, brokers: list[str], letters: Path, *, more: Sequence[str] = (), login: Mapping[str, str] | None = None
) -> Traces:
    """Reads it all, `more` topics too, once everything is quiet."""
    taken = await asyncio.to_thread(lambda: [_letter_id(path) for path in letters.glob("*.eml")])
    asked = {topic: raw_topic(",".join(brokers), topic, login) for topic in (*TOPICS, *more)}
    records = {topic: [_record(each) for each in found] for topic, found in asked.items()}
    connection = await asyncpg.connect(admin)
    try:
        told: dict[str, list[Told]] = defaultdict(list)
        for row in await connection.fetch("SELECT topic, event_id::text, key, sequence FROM audit.told ORDER BY place"):
            told[row["topic"]].append(Told(row["event_id"], row["key"], row["sequence"]))
        return Traces(
            told=told,
            records=records,
            sequences={
                name: {row[0]: row[1] for row in await connection.fetch(query)}
                for name, (_, query) in SEQUENCES.items()
            },
            relationships=[
                row[0] for row in await connection.fetch("SELECT match_id::text FROM engagement.relationships")
            ],
            states={row[0]: row[1] for row in await connection.fetch(_STATES)},
            in_doubt={row[0] for row in await connection.fetch(_IN_DOUBT)},
            parked=[row[0] for name in SERVICES for row in await connection.fetch(_PARKED.format(name))],
            letters=taken,
        )
    finally:
        await connection.close()


def _record(message: Any) -> Record:
    headers = {name: value.decode() for name, value in message.headers()}
    return Record(
        id=headers["ce_id"],
        type=headers["ce_type"].split(".")[1],
        key=message.key().decode(),
        sequence=int(headers["ce_sequence"]),
        partition=message.partition(),
        offset=message.offset(),
        body=json.loads(message.value()),
    )


def _letter_id(path: Path) -> str:
    return str(email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["X-Mentoring-Letter"])
