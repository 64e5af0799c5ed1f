"""What cohort runs found: pairs, and mentees without one."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import MatchId, Reason, RunId
from services.matching.domain.match import Fit
from services.matching.domain.run import Pair, Unmatched

_READ = """
SELECT p.mentee_id, p.mentor_id, p.score, p.parts, p.reasons, p.match_id, p.skipped, p.pinned, r.policy_version
FROM run_pairs p JOIN runs r USING (run_id)
"""


async def insert(tx: Tx, run_id: RunId, pairs: Sequence[Pair]) -> None:
    """Saves pairs of a run."""
    # One JSON value: an array of lists would be taken for a table with two dimensions.
    await tx.execute(
        """
        INSERT INTO run_pairs (run_id, mentee_id, mentor_id, score, parts, reasons, pinned)
        SELECT $1, mentee_id, mentor_id, score, parts, reasons, pinned FROM jsonb_to_recordset($2::jsonb)
            AS pair (mentee_id text, mentor_id text, score int, parts jsonb, reasons jsonb, pinned boolean)
        """,
        run_id,
        [_as_json(pair) for pair in pairs],
    )


async def insert_unmatched(tx: Tx, run_id: RunId, unmatched: Sequence[Unmatched]) -> None:
    """Saves who has no mentor in a run, and why."""
    await tx.execute(
        """
        INSERT INTO run_unmatched (run_id, mentee_id, rule, reason)
        SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])
        """,
        run_id,
        [each.mentee_id for each in unmatched],
        [each.rule for each in unmatched],
        [each.reason for each in unmatched],
    )


async def released(tx: Tx, run_id: RunId, became: Mapping[PersonId, MatchId | str]) -> None:
    """Saves what became of each mentee's pair: the offer, or why there is none."""
    await tx.execute(
        """
        UPDATE run_pairs SET match_id = became.match_id, skipped = became.skipped
        FROM unnest($2::text[], $3::uuid[], $4::text[]) AS became (mentee_id, match_id, skipped)
        WHERE run_id = $1 AND run_pairs.mentee_id = became.mentee_id
        """,
        run_id,
        list(became),
        [None if isinstance(each, str) else each for each in became.values()],
        [each if isinstance(each, str) else None for each in became.values()],
    )


async def all_of(tx: Tx, run_id: RunId) -> list[Pair]:
    """All pairs of a run, by mentee."""
    rows = await tx.fetch(f"{_READ} WHERE run_id = $1 ORDER BY mentee_id", run_id)
    return [_pair(row) for row in rows]


async def page(tx: Tx, run_id: RunId, *, after: PersonId | None, limit: int) -> list[Pair]:
    """Pairs of a run by mentee, after a given one."""
    rows = await tx.fetch(
        f"{_READ} WHERE run_id = $1 AND ($2::text IS NULL OR mentee_id > $2) ORDER BY mentee_id LIMIT $3",
        run_id,
        after,
        limit,
    )
    return [_pair(row) for row in rows]


async def unmatched_page(tx: Tx, run_id: RunId, *, after: PersonId | None, limit: int) -> list[Unmatched]:
    """Mentees whom a run found nobody for, and why; by id, after a given one."""
    rows = await tx.fetch(
        """
        SELECT mentee_id, rule, reason FROM run_unmatched
        WHERE run_id = $1 AND ($2::text IS NULL OR mentee_id > $2) ORDER BY mentee_id LIMIT $3
        """,
        run_id,
        after,
        limit,
    )
    return [Unmatched(row["mentee_id"], row["rule"], row["reason"]) for row in rows]


def _as_json(pair: Pair) -> dict[str, Any]:
    return {
        "mentee_id": pair.mentee_id,
        "mentor_id": pair.mentor_id,
        "score": pair.fit.score,
        "parts": pair.fit.parts,
        "reasons": [reason.model_dump(mode="json") for reason in pair.fit.reasons],
        "pinned": pair.pinned,
    }


def _pair(row: asyncpg.Record) -> Pair:
    reasons = tuple(Reason.model_validate(reason, extra="ignore") for reason in row["reasons"])
    fit = Fit(row["policy_version"], row["score"], row["parts"], reasons)
    return Pair(row["mentee_id"], row["mentor_id"], fit, row["match_id"], row["skipped"], row["pinned"])
