"""Pairs that a coordinator decides, how far a run is, and runs that nobody wants any more."""

from alembic import op

revision = "matching_0002"
down_revision = "matching_0001"
branch_labels = None
depends_on = None

RULINGS = """
-- What a coordinator decided about two people; every run, shortlist and offer of the program keeps to it.
CREATE TABLE rulings (
    program_id uuid NOT NULL REFERENCES programs,
    mentee_id text NOT NULL REFERENCES people,
    mentor_id text NOT NULL REFERENCES people,
    verdict text NOT NULL CHECK (verdict IN ('pinned', 'forbidden')),
    ruled_by text NOT NULL,
    ruled_at timestamptz NOT NULL,
    PRIMARY KEY (program_id, mentee_id, mentor_id),
    CHECK (mentee_id <> mentor_id)
);
CREATE UNIQUE INDEX one_pin_per_mentee ON rulings (program_id, mentee_id) WHERE verdict = 'pinned';
ALTER TABLE run_pairs ADD COLUMN pinned boolean NOT NULL DEFAULT false;
"""

RUNS = """
-- Written every second or so by whoever computes the run.
ALTER TABLE runs ADD COLUMN phase text, ADD COLUMN done real CHECK (done BETWEEN 0 AND 1),
    ADD COLUMN matched_bound_so_far integer;
-- Figures beside the certificate: groups, skills that are short, blocking pairs.
ALTER TABLE runs ADD COLUMN report jsonb;
-- A cancelled run is kept as failed: the release before knows no other end of a run without a result.
ALTER TABLE runs ADD COLUMN cancelled_by text CHECK (cancelled_by IS NULL OR state = 'failed');
"""


def upgrade() -> None:
    """Adds what the release before does not look at."""
    for statements in (RULINGS, RUNS):
        op.execute(statements)
