"""What programs are called."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.db import Tx


async def take_up(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Names of programs, each program once."""
    await tx.execute(
        """
        INSERT INTO programs (program_id, name, sequence)
        SELECT program_id, name, sequence
        FROM jsonb_to_recordset($1) AS x (program_id uuid, name text, sequence bigint)
        ORDER BY program_id
        ON CONFLICT (program_id) DO UPDATE SET name = excluded.name, sequence = excluded.sequence
            WHERE programs.sequence < excluded.sequence
        """,
        rows,
    )


async def names(tx: Tx, program_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of those that are known."""
    rows = await tx.fetch("SELECT program_id, name FROM programs WHERE program_id = ANY($1::uuid[])", list(program_ids))
    return {row["program_id"]: row["name"] for row in rows}
