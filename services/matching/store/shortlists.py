"""Shortlists as they were last found, one for each mentee of a program who looks for a mentor."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import ProgramId, Reason
from services.matching.domain.shortlist import Entry, Kept


async def find(tx: Tx, program_id: ProgramId, mentee_id: PersonId) -> Kept | None:
    """The shortlist of this mentee, if one was ever found."""
    row = await tx.fetchrow(
        "SELECT items, as_of FROM shortlists WHERE program_id = $1 AND mentee_id = $2", program_id, mentee_id
    )
    return Kept([_entry(item) for item in row["items"]], row["as_of"]) if row else None


async def save(
    tx: Tx, program_id: ProgramId, lists: Mapping[PersonId, Sequence[Entry]], *, now: datetime
) -> set[PersonId]:
    """Saves these lists; gives back whose is another one than before. A first list without anybody is no news."""
    had = await _items(tx, program_id, lists)
    found = {mentee: [_item(each) for each in entries] for mentee, entries in lists.items()}
    other = {mentee: items for mentee, items in found.items() if items != had.get(mentee)}
    await tx.execute(
        """
        INSERT INTO shortlists (program_id, mentee_id, mentors, items, as_of)
        SELECT $1, mentee_id, ARRAY(SELECT jsonb_array_elements(items)->>'mentor_id'), items, $3
        FROM jsonb_to_recordset($2::jsonb) AS found (mentee_id text, items jsonb)
        ON CONFLICT (program_id, mentee_id) DO UPDATE SET
            mentors = excluded.mentors, items = excluded.items, as_of = excluded.as_of
        """,
        program_id,
        [{"mentee_id": mentee, "items": items} for mentee, items in other.items()],
        now,
    )
    return {mentee for mentee, items in other.items() if items or mentee in had}


async def remove(tx: Tx, program_id: ProgramId, mentees: Collection[PersonId]) -> set[PersonId]:
    """Has no list of these any more; gives back on whose somebody stood."""
    rows = await tx.fetch(
        "DELETE FROM shortlists WHERE program_id = $1 AND mentee_id = ANY($2) RETURNING mentee_id, mentors",
        program_id,
        list(mentees),
    )
    return {row["mentee_id"] for row in rows if row["mentors"]}


async def listing(tx: Tx, program_id: ProgramId, mentors: Collection[PersonId]) -> list[PersonId]:
    """Mentees on whose shortlist one of these mentors stands."""
    rows = await tx.fetch(
        "SELECT mentee_id FROM shortlists WHERE program_id = $1 AND mentors && $2 ORDER BY mentee_id",
        program_id,
        list(mentors),
    )
    return [row["mentee_id"] for row in rows]


async def concerned(tx: Tx, program_id: ProgramId) -> list[PersonId]:
    """Every mentee who has no mentor in the program, of whatever job family; and whoever has a list of it."""
    rows = await tx.fetch(
        """
        SELECT person_id FROM people WHERE left_on IS NULL AND roles @> ARRAY['mentee'] AND NOT EXISTS (
            SELECT FROM matches WHERE program_id = $1 AND mentee_id = person_id AND state = 'accepted'
        )
        UNION SELECT mentee_id FROM shortlists WHERE program_id = $1
        ORDER BY person_id
        """,
        program_id,
    )
    return [row["person_id"] for row in rows]


async def forget_all_but(tx: Tx, programs: Collection[ProgramId]) -> None:
    """Forgets shortlists and prices of all other programs: they keep none any more."""
    await tx.execute("DELETE FROM shortlists WHERE program_id <> ALL($1)", list(programs))
    await tx.execute("DELETE FROM seat_prices WHERE program_id <> ALL($1)", list(programs))


async def _items(tx: Tx, program_id: ProgramId, mentees: Collection[PersonId]) -> dict[PersonId, list[Any]]:
    rows = await tx.fetch(
        "SELECT mentee_id, items FROM shortlists WHERE program_id = $1 AND mentee_id = ANY($2)",
        program_id,
        list(mentees),
    )
    return {row["mentee_id"]: row["items"] for row in rows}


def _item(entry: Entry) -> dict[str, Any]:
    reasons = [reason.model_dump(mode="json") for reason in entry.reasons]
    return {"mentor_id": entry.mentor_id, "score": entry.score, "parts": entry.parts, "reasons": reasons}


def _entry(item: Mapping[str, Any]) -> Entry:
    reasons = tuple(Reason.model_validate(each) for each in item["reasons"])
    return Entry(item["mentor_id"], item["score"], item["parts"], reasons)
