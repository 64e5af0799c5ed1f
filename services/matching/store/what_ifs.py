"""Questions about other policies, and their answers."""

from collections.abc import Sequence

import asyncpg

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import Policy
from services.matching.domain.difference import Change
from services.matching.domain.run import RunState
from services.matching.domain.what_if import WhatIf, WhatIfId
from services.matching.progress import Progress

_COLUMNS = (
    "what_if_id, program_id, policy_version, policy, state, asked_by, queued_at, attempts, completed_at, problem,"
    " run_id, phase, done, cancelled_by, result"
)


async def queue(tx: Tx, asked: WhatIf) -> bool:
    """Saves a new question; False if one about the same program is not answered yet."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO what_ifs (what_if_id, program_id, policy_version, policy, state, asked_by, queued_at, run_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (program_id) WHERE state IN ('queued', 'running') DO NOTHING RETURNING true
            """,
            asked.what_if_id,
            asked.program_id,
            asked.policy_version,
            asked.policy.model_dump(mode="json"),
            asked.state,
            asked.asked_by,
            asked.queued_at,
            asked.run_id,
        )
    )


async def unfinished(tx: Tx) -> list[WhatIfId]:
    """Questions to answer, the oldest first; also those whose process may have died."""
    rows = await tx.fetch(
        "SELECT what_if_id FROM what_ifs WHERE state IN ('queued', 'running') ORDER BY queued_at, what_if_id"
    )
    return [row["what_if_id"] for row in rows]


async def begin(tx: Tx, what_if_id: WhatIfId) -> WhatIf | None:
    """Marks a question as being answered, once more; None if it is finished."""
    row = await tx.fetchrow(
        f"""
        UPDATE what_ifs SET state = 'running', attempts = attempts + 1
        WHERE what_if_id = $1 AND state IN ('queued', 'running')
        RETURNING {_COLUMNS}
        """,
        what_if_id,
    )
    return _what_if(row) if row else None


async def advance(tx: Tx, progress: Progress, *, what_if_id: WhatIfId) -> bool:
    """Saves how far an answer is; False if it is no longer being computed."""
    return bool(
        await tx.fetchval(
            "UPDATE what_ifs SET phase = $2, done = $3 WHERE what_if_id = $1 AND state = 'running' RETURNING true",
            what_if_id,
            progress.phase,
            progress.done,
        )
    )


async def lock(tx: Tx, what_if_id: WhatIfId) -> WhatIf | None:
    """The question as it stands; nobody changes it until the transaction ends."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM what_ifs WHERE what_if_id = $1 FOR NO KEY UPDATE", what_if_id)
    return _what_if(row) if row else None


async def give_up(tx: Tx, cancelled: WhatIf) -> None:
    """Saves that nobody waits for the answer any more."""
    await tx.execute(
        # The table knows no cancelled ones, as it knows no cancelled runs.
        "UPDATE what_ifs SET state = 'failed', completed_at = $2, problem = $3, cancelled_by = $4"
        " WHERE what_if_id = $1",
        cancelled.what_if_id,
        cancelled.completed_at,
        cancelled.problem,
        cancelled.cancelled_by,
    )


async def finish(tx: Tx, answered: WhatIf, changes: Sequence[Change] = ()) -> None:
    """Saves how a question ended, if nobody did before."""
    is_news = await tx.fetchval(
        """
        UPDATE what_ifs SET state = $2, completed_at = $3, problem = $4, result = $5
        WHERE what_if_id = $1 AND state = 'running' RETURNING true
        """,
        answered.what_if_id,
        answered.state,
        answered.completed_at,
        answered.problem,
        answered.result,
    )
    if is_news:
        await tx.execute(
            "INSERT INTO what_if_changes (what_if_id, mentee_id, mentor_now, mentor_then, score_now, score_then)"
            " SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::int[])",
            answered.what_if_id,
            [change.mentee_id for change in changes],
            [change.mentor_now for change in changes],
            [change.mentor_then for change in changes],
            [change.score_now for change in changes],
            [change.score_then for change in changes],
        )


async def visible(tx: Tx, what_if_id: WhatIfId, *, coordinator: PersonId | None) -> WhatIf | None:
    """A question about a program that this coordinator looks after (None: about any program)."""
    row = await tx.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM what_ifs
        WHERE what_if_id = $1 AND ($2::text IS NULL OR program_id IN (
            SELECT program_id FROM programs WHERE coordinators @> ARRAY[$2]))
        """,
        what_if_id,
        coordinator,
    )
    return _what_if(row) if row else None


async def changes_page(tx: Tx, what_if_id: WhatIfId, *, after: PersonId | None, limit: int) -> list[Change]:
    """Whose mentor would change, by mentee, after a given one."""
    rows = await tx.fetch(
        """
        SELECT mentee_id, mentor_now, mentor_then, score_now, score_then FROM what_if_changes
        WHERE what_if_id = $1 AND ($2::text IS NULL OR mentee_id > $2) ORDER BY mentee_id LIMIT $3
        """,
        what_if_id,
        after,
        limit,
    )
    return [Change(**dict(row)) for row in rows]


def _what_if(row: asyncpg.Record) -> WhatIf:
    policy = Policy.model_validate(row["policy"], extra="ignore")
    state = RunState.CANCELLED if row["cancelled_by"] else RunState(row["state"])
    return WhatIf(**{**dict(row), "policy": policy, "state": state})
