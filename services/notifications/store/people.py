"""Who people are, how to write to them, and what they chose."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import asyncpg

from chassis.db import Tx
from contracts.event import PersonId
from services.notifications.domain.recipient import Preferences, Recipient

_COLUMNS = """
    person_id, name, email, time_zone, coalesce(p.languages, '{}') AS languages,
    coalesce(p.working_hours, '{}') AS working_hours, country, left_on,
    c.language, coalesce(c.digest_only, false) AS digest_only, coalesce(c.muted, '{}') AS muted
"""


async def take_up_contacts(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> list[PersonId]:
    """Names and addresses, each person once; gives whose are new to us."""
    changed = await tx.fetch(
        """
        INSERT INTO people (person_id, name, email, contact_sequence)
        SELECT person_id, name, email, sequence
        FROM jsonb_to_recordset($1) AS x (person_id text, name text, email text, sequence bigint)
        ORDER BY person_id
        ON CONFLICT (person_id) DO UPDATE
            SET name = excluded.name, email = excluded.email, contact_sequence = excluded.contact_sequence
            WHERE people.contact_sequence < excluded.contact_sequence
        RETURNING person_id
        """,
        rows,
    )
    return [row["person_id"] for row in changed]


async def take_up_profiles(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> list[PersonId]:
    """Where people's clocks are, each person once; gives whose are new to us. Who is told of again is back."""
    changed = await tx.fetch(
        """
        INSERT INTO people (person_id, time_zone, languages, working_hours, country, profile_sequence)
        SELECT person_id, time_zone, languages, working_hours, country, sequence
        FROM jsonb_to_recordset($1) AS x (person_id text, time_zone text, languages text[],
                                          working_hours text[], country text, sequence bigint)
        ORDER BY person_id
        ON CONFLICT (person_id) DO UPDATE
            SET time_zone = excluded.time_zone, languages = excluded.languages,
                working_hours = excluded.working_hours, country = excluded.country,
                profile_sequence = excluded.profile_sequence, left_on = NULL
            WHERE people.profile_sequence < excluded.profile_sequence
        RETURNING person_id
        """,
        rows,
    )
    return [row["person_id"] for row in changed]


async def let_go(tx: Tx, person_id: PersonId, *, left_on: date, sequence: int) -> bool:
    """Keeps that somebody left; False if something newer is known of them."""
    found = await tx.fetchval(
        """
        INSERT INTO people (person_id, left_on, profile_sequence) VALUES ($1, $2, $3)
        ON CONFLICT (person_id) DO UPDATE
            SET left_on = excluded.left_on, profile_sequence = excluded.profile_sequence
            WHERE people.profile_sequence < excluded.profile_sequence
        RETURNING person_id
        """,
        person_id,
        left_on,
        sequence,
    )
    return found is not None


async def recipients(tx: Tx, person_ids: Collection[PersonId]) -> dict[PersonId, Recipient]:
    """Everybody asked for; who is unknown is a recipient without anything."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM unnest($1::text[]) AS wanted (person_id)"
        " LEFT JOIN people p USING (person_id) LEFT JOIN preferences c USING (person_id)",
        sorted(set(person_ids)),
    )
    return {row["person_id"]: _recipient(row) for row in rows}


async def save_preferences(tx: Tx, person_id: PersonId, chosen: Preferences, *, now: datetime) -> None:
    """Keeps what somebody chose."""
    await tx.execute(
        """
        INSERT INTO preferences (person_id, language, digest_only, muted, changed_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (person_id) DO UPDATE
            SET language = excluded.language, digest_only = excluded.digest_only, muted = excluded.muted,
                changed_at = excluded.changed_at
        """,
        person_id,
        chosen.language,
        chosen.digest_only,
        sorted(chosen.muted),
        now,
    )


def _recipient(row: asyncpg.Record) -> Recipient:
    return Recipient(
        person_id=row["person_id"],
        name=row["name"],
        email=row["email"],
        time_zone=row["time_zone"],
        languages=tuple(row["languages"]),
        working_hours=tuple(row["working_hours"]),
        country=row["country"],
        left=row["left_on"] is not None,
        preferences=Preferences(row["language"], row["digest_only"], frozenset(row["muted"])),
    )
