"""Groups that people opted into, for the equity report of a program and nothing else."""

from alembic import op

revision = "matching_0004"
down_revision = "matching_0003"
branch_labels = None
depends_on = None

GROUPS = """
-- A coordinator hands them in; they are in no event, no log and no score, and go when the person leaves.
CREATE TABLE group_members (
    program_id uuid NOT NULL REFERENCES programs,
    group_name text NOT NULL CHECK (length(group_name) BETWEEN 1 AND 100),
    person_id text NOT NULL REFERENCES people,
    PRIMARY KEY (program_id, group_name, person_id)
);
CREATE INDEX group_members_by_person ON group_members (person_id);
"""


def upgrade() -> None:
    """Adds what the release before does not look at."""
    op.execute(GROUPS)
