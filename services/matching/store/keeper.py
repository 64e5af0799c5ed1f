"""Who keeps the shortlists, and about whom something changed since they last looked."""

from uuid import UUID

from chassis.db import Tx
from contracts.event import PersonId

LEASE_SECONDS = 10
"""A keeper that was not seen for so long has died, or is cut off; what it still tries to commit finds another owner."""


async def hold(tx: Tx, owner: UUID) -> UUID | None:
    """Takes or renews the lease until the transaction ends, and tells who had it before; None: somebody else has it.

    The row stays locked, so two keepers never write at the same time.
    """
    row = await tx.fetchrow(
        "SELECT owner, owner IS NULL OR owner = $1 OR seen_at < clock_timestamp() - make_interval(secs => $2) AS free"
        " FROM shortlist_keeper FOR UPDATE SKIP LOCKED",
        owner,
        LEASE_SECONDS,
    )
    if row is None or not row["free"]:
        return None
    await tx.execute("UPDATE shortlist_keeper SET owner = $1, seen_at = clock_timestamp()", owner)
    before: UUID = row["owner"] or UUID(int=0)
    return before


async def take_changes(tx: Tx, *, limit: int) -> set[PersonId]:
    """About whom something changed, the oldest first; they are forgotten with the commit."""
    rows = await tx.fetch(
        """
        DELETE FROM shortlist_changes WHERE change_id IN (
            SELECT change_id FROM shortlist_changes ORDER BY change_id LIMIT $1
        ) RETURNING person_id
        """,
        limit,
    )
    return {row["person_id"] for row in rows}


async def forget_changes(tx: Tx) -> None:
    """Forgets all of them, where nobody has a shortlist to keep. Whoever keeps one later reads everybody first."""
    await tx.execute("DELETE FROM shortlist_changes")


async def count_changes(tx: Tx) -> int:
    """How many were not looked at yet; none where nobody has a shortlist to keep."""
    return int(await tx.fetchval("SELECT count(*) FROM shortlist_changes WHERE EXISTS (SELECT FROM seat_prices)"))
