"""Programs: who coordinates them."""

from collections.abc import Sequence

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import ProgramId


async def take_up_program(tx: Tx, program_id: ProgramId, *, coordinators: Sequence[PersonId], sequence: int) -> None:
    """Keeps who coordinates the program, unless something newer is known."""
    await tx.execute(
        "INSERT INTO programs (program_id, coordinators, sequence) VALUES ($1, $2, $3)"
        " ON CONFLICT (program_id) DO UPDATE SET coordinators = excluded.coordinators, sequence = excluded.sequence"
        " WHERE programs.sequence < excluded.sequence",
        program_id,
        list(coordinators),
        sequence,
    )


async def coordinators_of(tx: Tx, program_id: ProgramId) -> tuple[PersonId, ...]:
    """Who coordinates the program, as far as is known."""
    found = await tx.fetchval("SELECT coordinators FROM programs WHERE program_id = $1", program_id)
    return tuple(found or ())
