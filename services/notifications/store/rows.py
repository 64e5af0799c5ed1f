"""A letter as a row, and back."""

from typing import Any

import asyncpg

from services.notifications.domain.letter import Cause, Draft, Letter, Pace, Status

COLUMNS = """
    letter_id, cause, happened_at, correlation_id, traceparent, person_id, template, matter, pace, partner_id,
    program_id, story, know_by_at, void_at, delay, facts, planned_at, status, send_at, budgeted, reason, attempts,
    first_tried_at, done_at, language, subject, confirmed, digest_id
"""
PLACES = ", ".join(f"${place}" for place in range(1, 1 + len(COLUMNS.split(","))))


def to_row(letter: Letter) -> tuple[Any, ...]:
    """In the order of COLUMNS."""
    cause, draft = letter.cause, letter.draft
    about = (draft.person_id, draft.template, draft.matter, draft.pace, draft.partner_id, draft.program_id)
    times = (draft.story, draft.know_by_at, draft.void_at, draft.delay, dict(draft.facts), letter.planned_at)
    return (
        letter.id,
        *(cause.event_id, cause.happened_at, cause.correlation_id, cause.traceparent),
        *about,
        *times,
        *(letter.status, letter.send_at, letter.budgeted, letter.reason, letter.attempts),
        *(letter.first_tried_at, letter.done_at, letter.language, letter.subject),
        *(letter.confirmed, letter.digest_id),
    )


def to_letter(row: asyncpg.Record) -> Letter:
    """A row of COLUMNS as a letter."""
    return Letter(
        id=row["letter_id"],
        cause=Cause(
            event_id=row["cause"],
            happened_at=row["happened_at"],
            correlation_id=row["correlation_id"],
            traceparent=row["traceparent"],
        ),
        draft=_draft(row),
        planned_at=row["planned_at"],
        status=Status(row["status"]),
        **{name: row[name] for name in _SAME_NAME},
    )


_SAME_NAME = (
    *("send_at", "budgeted", "reason", "attempts", "first_tried_at", "done_at"),
    *("language", "subject", "confirmed", "digest_id"),
)
_DRAFT_SAME_NAME = (
    *("template", "person_id", "matter", "partner_id", "program_id", "story"),
    *("know_by_at", "void_at", "delay", "facts"),
)


def _draft(row: asyncpg.Record) -> Draft:
    return Draft(pace=Pace(row["pace"]), **{name: row[name] for name in _DRAFT_SAME_NAME})
