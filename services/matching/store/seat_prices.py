"""What a seat is worth to those who still look: the prices of the last solution, and what changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import ProgramId


@dataclass(frozen=True, slots=True)
class Solution:
    """The prices above nought, by mentor; `number` rises with each solution, 0 is none yet."""

    number: int
    prices: Mapping[PersonId, int]


async def begin(tx: Tx, program_id: ProgramId) -> None:
    """Has prices for this program from now on; none of them above nought yet."""
    await tx.execute("INSERT INTO seat_prices (program_id) VALUES ($1) ON CONFLICT DO NOTHING", program_id)


async def noticed(tx: Tx, program_id: ProgramId) -> None:
    """Remembers that somebody changed: the next solution is worth its work."""
    await tx.execute("UPDATE seat_prices SET changes = changes + 1 WHERE program_id = $1", program_id)


async def newer(tx: Tx, program_id: ProgramId, *, than: int) -> Solution | None:
    """The last solution, if its number is above this."""
    row = await tx.fetchrow(
        "SELECT solutions, prices FROM seat_prices WHERE program_id = $1 AND solutions > $2", program_id, than
    )
    return Solution(row["solutions"], row["prices"]) if row else None


async def due(tx: Tx, *, solved_before: datetime) -> list[ProgramId]:
    """Programs in which somebody changed since a solution that is as old as that."""
    rows = await tx.fetch(
        """
        SELECT program_id FROM seat_prices JOIN programs USING (program_id)
        WHERE state = 'open' AND changes > solved_changes AND (solved_at IS NULL OR solved_at <= $1)
        ORDER BY solved_at NULLS FIRST, program_id
        """,
        solved_before,
    )
    return [row["program_id"] for row in rows]


async def changes(tx: Tx, program_id: ProgramId) -> int:
    """How many were noticed so far."""
    return int(await tx.fetchval("SELECT changes FROM seat_prices WHERE program_id = $1", program_id) or 0)


async def save(tx: Tx, program_id: ProgramId, prices: Mapping[PersonId, int], *, knows: int, now: datetime) -> None:
    """Saves a solution that knew that many changes."""
    await tx.execute(
        "UPDATE seat_prices SET prices = $2, solved_changes = $3, solved_at = $4, solutions = solutions + 1"
        " WHERE program_id = $1 AND solved_changes <= $3",
        program_id,
        dict(prices),
        knows,
        now,
    )
