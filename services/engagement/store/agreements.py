"""Agreements: what each side filled in."""

import asyncpg

from chassis.db import Tx
from contracts.engagement import Agreement, RelationshipId
from services.engagement.domain.agreement import Sides


async def sides_of(tx: Tx, relationship_id: RelationshipId) -> Sides:
    """What both sides have filled in so far."""
    rows = await tx.fetch(
        "SELECT side, rhythm, channel, focus, weeks FROM agreement_sides WHERE relationship_id = $1",
        relationship_id,
    )
    return Sides(**{row["side"]: _agreement(row) for row in rows})


async def save_sides(tx: Tx, relationship_id: RelationshipId, sides: Sides) -> None:
    """Keeps what both sides have filled in."""
    filled = (("mentee", sides.mentee), ("mentor", sides.mentor))
    await tx.executemany(
        "INSERT INTO agreement_sides (relationship_id, side, rhythm, channel, focus, weeks)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (relationship_id, side) DO UPDATE SET"
        " rhythm = excluded.rhythm, channel = excluded.channel, focus = excluded.focus, weeks = excluded.weeks",
        [
            (relationship_id, side, wish.rhythm, wish.channel, list(wish.focus), wish.weeks)
            for side, wish in filled
            if wish
        ],
    )


def _agreement(row: asyncpg.Record) -> Agreement:
    return Agreement(rhythm=row["rhythm"], channel=row["channel"], focus=tuple(row["focus"]), weeks=row["weeks"])
