"""Programs and every version of their policies."""

import asyncpg

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import Policy, ProgramId
from services.matching.domain.program import Program, ProgramState

_READ = """
SELECT p.program_id, p.state, p.policy_version, p.opened_at, p.closed_at, v.policy
FROM programs p JOIN policies v ON v.program_id = p.program_id AND v.version = p.policy_version
"""


async def insert(tx: Tx, program: Program) -> None:
    """Saves a new program; its policy is saved by `add_policy`."""
    await tx.execute(
        "INSERT INTO programs (program_id, state, policy_version, coordinators, opened_at) VALUES ($1, $2, $3, $4, $5)",
        program.program_id,
        program.state,
        program.policy_version,
        list(program.policy.coordinators),
        program.opened_at,
    )


async def add_policy(tx: Tx, program: Program, *, by: PersonId) -> None:
    """Saves the current version of the policy."""
    await tx.execute(
        "INSERT INTO policies (program_id, version, policy, made_at, made_by)"
        " VALUES ($1, $2, $3, clock_timestamp(), $4)",
        program.program_id,
        program.policy_version,
        program.policy.model_dump(mode="json"),
        by,
    )


async def update(tx: Tx, program: Program) -> None:
    """Saves where the program stands."""
    await tx.execute(
        "UPDATE programs SET state = $2, policy_version = $3, coordinators = $4, closed_at = $5 WHERE program_id = $1",
        program.program_id,
        program.state,
        program.policy_version,
        list(program.policy.coordinators),
        program.closed_at,
    )


async def find(tx: Tx, program_id: ProgramId) -> Program | None:
    """The program as it stands."""
    row = await tx.fetchrow(f"{_READ} WHERE p.program_id = $1", program_id)
    return _program(row) if row else None


async def continuous(tx: Tx) -> list[Program]:
    """Open programs that keep shortlists, by id."""
    rows = await tx.fetch(
        f"{_READ} WHERE p.state = 'open' AND v.policy @> '{{\"continuous\": true}}' ORDER BY p.program_id"
    )
    return [_program(row) for row in rows]


async def lock(tx: Tx, program_id: ProgramId) -> Program | None:
    """The program as it stands; nobody changes it until the transaction ends."""
    row = await tx.fetchrow(f"{_READ} WHERE p.program_id = $1 FOR NO KEY UPDATE OF p", program_id)
    return _program(row) if row else None


async def share(tx: Tx, program_id: ProgramId) -> Program | None:
    """The program as it stands; it is not closed until the transaction ends, which others need not wait for."""
    row = await tx.fetchrow(f"{_READ} WHERE p.program_id = $1 FOR SHARE OF p", program_id)
    return _program(row) if row else None


async def policy(tx: Tx, program_id: ProgramId, version: int) -> Policy:
    """One version of a policy."""
    body = await tx.fetchval("SELECT policy FROM policies WHERE program_id = $1 AND version = $2", program_id, version)
    return _policy(body)


_VISIBLE = "($1 OR p.coordinators @> ARRAY[$2::text] OR $3 AND p.state = 'open')"
"""All; or those this coordinator looks after; and open ones, for who may take part."""


async def visible(
    tx: Tx, program_id: ProgramId, *, everything: bool, coordinator: PersonId | None, open_ones: bool
) -> Program | None:
    """The program, if this caller may see it."""
    row = await tx.fetchrow(
        f"{_READ} WHERE {_VISIBLE} AND p.program_id = $4", everything, coordinator, open_ones, program_id
    )
    return _program(row) if row else None


async def page(
    tx: Tx,
    *,
    everything: bool,
    coordinator: PersonId | None,
    open_ones: bool,
    after: ProgramId | None,
    limit: int,
) -> list[Program]:
    """Programs that this caller may see, by id, after a given one."""
    rows = await tx.fetch(
        f"{_READ} WHERE {_VISIBLE} AND ($4::uuid IS NULL OR p.program_id > $4) ORDER BY p.program_id LIMIT $5",
        everything,
        coordinator,
        open_ones,
        after,
        limit,
    )
    return [_program(row) for row in rows]


def _program(row: asyncpg.Record) -> Program:
    return Program(
        program_id=row["program_id"],
        policy=_policy(row["policy"]),
        policy_version=row["policy_version"],
        opened_at=row["opened_at"],
        state=ProgramState(row["state"]),
        closed_at=row["closed_at"],
    )


def _policy(body: dict[str, object]) -> Policy:
    return Policy.model_validate(body, extra="ignore")
