"""Prices and utilities of cohort runs: the proof, and the answer to "why not this one"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import ProgramId, RunId
from services.matching.domain.run import SeatPrice


@dataclass(frozen=True, slots=True)
class PairNumbers:
    """What the last run of a program says about two people."""

    utility: int | None
    price: int | None
    coverage_bonus: int


async def insert_prices(tx: Tx, run_id: RunId, prices: Sequence[SeatPrice]) -> None:
    """Saves what one more seat of each mentor would be worth."""
    await tx.execute(
        """
        INSERT INTO run_prices (run_id, mentor_id, seats, taken, price)
        SELECT $1, * FROM unnest($2::text[], $3::smallint[], $4::smallint[], $5::bigint[])
        """,
        run_id,
        [price.mentor_id for price in prices],
        [price.seats for price in prices],
        [price.taken for price in prices],
        [price.price for price in prices],
    )


async def insert_utilities(tx: Tx, run_id: RunId, utilities: Mapping[PersonId, int]) -> None:
    """Saves what each mentee is worth to the program."""
    await tx.execute(
        "INSERT INTO run_utilities (run_id, mentee_id, utility) SELECT $1, * FROM unnest($2::text[], $3::bigint[])",
        run_id,
        list(utilities),
        list(utilities.values()),
    )


async def prices_page(tx: Tx, run_id: RunId, *, after: PersonId | None, limit: int) -> list[SeatPrice]:
    """Mentors of a run with their load and their price, by id, after a given one."""
    rows = await tx.fetch(
        """
        SELECT mentor_id, seats, taken, price FROM run_prices
        WHERE run_id = $1 AND ($2::text IS NULL OR mentor_id > $2) ORDER BY mentor_id LIMIT $3
        """,
        run_id,
        after,
        limit,
    )
    return [SeatPrice(**dict(row)) for row in rows]


async def last_prices(tx: Tx, program_id: ProgramId) -> dict[PersonId, int]:
    """What seats were worth to the program by its last completed run; who is not listed costs nothing."""
    rows = await tx.fetch(
        """
        SELECT mentor_id, price FROM run_prices WHERE price > 0 AND run_id = (
            SELECT run_id FROM runs WHERE program_id = $1 AND state = 'completed' ORDER BY completed_at DESC LIMIT 1)
        """,
        program_id,
    )
    return {row["mentor_id"]: row["price"] for row in rows}


async def of_pair(tx: Tx, program_id: ProgramId, *, mentee_id: PersonId, mentor_id: PersonId) -> PairNumbers | None:
    """The numbers of the program's last completed run about these two."""
    row = await tx.fetchrow(
        """
        SELECT (certificate->>'coverage_bonus')::bigint AS coverage_bonus,
            (SELECT utility FROM run_utilities u WHERE u.run_id = runs.run_id AND mentee_id = $2) AS utility,
            (SELECT price FROM run_prices p WHERE p.run_id = runs.run_id AND mentor_id = $3) AS price
        FROM runs WHERE program_id = $1 AND state = 'completed' ORDER BY completed_at DESC LIMIT 1
        """,
        program_id,
        mentee_id,
        mentor_id,
    )
    return PairNumbers(**dict(row)) if row else None
