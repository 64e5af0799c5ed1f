"""Taken seats. Whoever takes one holds the mentor's row (`people.lock`)."""

from collections.abc import Collection, Sequence

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import MatchId
from services.matching.domain.seats import Seats


async def of(tx: Tx, mentors: Collection[PersonId]) -> dict[PersonId, Seats]:
    """What each of these mentors offers and what is taken; somebody who left offers none."""
    rows = await tx.fetch(
        """
        SELECT person_id, CASE WHEN left_on IS NULL THEN mentor_seats ELSE 0 END AS offered,
            (SELECT count(*)::int FROM seats WHERE mentor_id = person_id) AS taken
        FROM people WHERE person_id = ANY($1)
        """,
        list(mentors),
    )
    return {row["person_id"]: Seats(row["offered"], row["taken"]) for row in rows}


async def take(tx: Tx, taken: Sequence[tuple[PersonId, MatchId]]) -> None:
    """Gives each of these matches the lowest free seat of its mentor; the table refuses one too many."""
    await tx.executemany(
        """
        INSERT INTO seats (mentor_id, seat_no, match_id)
        SELECT $1, min(n), $2 FROM generate_series(1, 10) AS n
        WHERE NOT EXISTS (SELECT FROM seats WHERE mentor_id = $1 AND seat_no = n)
        """,
        taken,
    )


async def free(tx: Tx, matches: Collection[MatchId]) -> None:
    """Gives back the seats that these matches hold, if they hold any."""
    await tx.execute("DELETE FROM seats WHERE match_id = ANY($1)", list(matches))
