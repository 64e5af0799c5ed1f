"""What each run took in, to run it again; what-ifs about it, how far they are, and those that nobody wants any more."""

from alembic import op

revision = "matching_0006"
down_revision = "matching_0005"
branch_labels = None
depends_on = None

POPULATIONS = """
-- Everything that the engine took in, in one compressed value: people as it sees them, without names and addresses.
-- Whoever leaves is read by nobody from that moment on, and taken out of the value within an hour (`checked_at`); the
-- row goes when it is older than the setting `population_days`.
CREATE TABLE run_populations (
    run_id uuid PRIMARY KEY REFERENCES runs,
    people text[] NOT NULL,
    body bytea NOT NULL,
    lost integer NOT NULL DEFAULT 0 CHECK (lost >= 0),
    stored_at timestamptz NOT NULL,
    checked_at timestamptz NOT NULL
);
ALTER TABLE run_populations ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON COLUMN run_populations.people IS 'whose profiles are in the value';
COMMENT ON COLUMN run_populations.lost IS 'how many were taken out of it, since they had left';
CREATE INDEX run_populations_to_check ON run_populations (checked_at);
"""

WHAT_IFS = """
-- null: it is about the people as they are.
ALTER TABLE what_ifs ADD COLUMN run_id uuid REFERENCES runs;
-- Written every second or so by whoever computes it.
ALTER TABLE what_ifs ADD COLUMN phase text, ADD COLUMN done real CHECK (done BETWEEN 0 AND 1);
-- Kept as failed when cancelled, as runs are.
ALTER TABLE what_ifs ADD COLUMN cancelled_by text CHECK (cancelled_by IS NULL OR state = 'failed');
-- By the scores of the other policy; null: it does not allow the pair, or there is none.
ALTER TABLE what_if_changes ADD COLUMN score_now integer, ADD COLUMN score_then integer;
"""


def upgrade() -> None:
    """Adds what the release before does not look at."""
    for statements in (POPULATIONS, WHAT_IFS):
        op.execute(statements)
