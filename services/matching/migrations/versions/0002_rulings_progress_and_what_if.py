"""Pairs that a coordinator decides, how far a run is, runs that nobody wants any more, and what would be."""

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

WHAT_IFS = """
-- What another policy would change, for the people as they are: computed as a run is, but nobody is told or asked.
CREATE TABLE what_ifs (
    what_if_id uuid PRIMARY KEY,
    program_id uuid NOT NULL REFERENCES programs,
    policy_version integer NOT NULL,
    policy jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed')),
    asked_by text NOT NULL,
    queued_at timestamptz NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    completed_at timestamptz,
    problem text,
    result jsonb,
    FOREIGN KEY (program_id, policy_version) REFERENCES policies (program_id, version),
    CHECK ((state = 'completed') = (result IS NOT NULL)),
    CHECK ((state IN ('completed', 'failed')) = (completed_at IS NOT NULL)),
    CHECK ((state = 'failed') = (problem IS NOT NULL))
);
CREATE UNIQUE INDEX one_what_if_at_a_time ON what_ifs (program_id) WHERE state IN ('queued', 'running');

-- Mentees whose mentor would be another one, or none, or one at all.
CREATE TABLE what_if_changes (
    what_if_id uuid NOT NULL REFERENCES what_ifs,
    mentee_id text NOT NULL,
    mentor_now text,
    mentor_then text,
    PRIMARY KEY (what_if_id, mentee_id),
    CHECK (mentor_now IS DISTINCT FROM mentor_then)
);
"""


def upgrade() -> None:
    """Adds what the release before does not look at."""
    for statements in (RULINGS, RUNS, WHAT_IFS):
        op.execute(statements)
