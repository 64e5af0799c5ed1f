"""What mentees say of mentors before a run counts: ranks and refusals."""

from alembic import op

revision = "matching_0005"
down_revision = "matching_0004"
branch_labels = None
depends_on = None

CHOICES = """
-- Read by nobody but the mentee and the computation: no event and no log line holds any of it.
CREATE TABLE choices (
    program_id uuid NOT NULL REFERENCES programs,
    mentee_id text NOT NULL REFERENCES people,
    mentor_id text NOT NULL REFERENCES people,
    rank smallint CHECK (rank BETWEEN 1 AND 5),
    chosen_at timestamptz NOT NULL,
    PRIMARY KEY (program_id, mentee_id, mentor_id),
    UNIQUE (program_id, mentee_id, rank),
    CHECK (mentee_id <> mentor_id)
);
CREATE TRIGGER note_choice AFTER INSERT OR UPDATE OR DELETE ON choices
    FOR EACH ROW EXECUTE FUNCTION note_mentee();
COMMENT ON COLUMN choices.rank IS 'null: the mentee refuses this mentor';
"""


def upgrade() -> None:
    """Adds what the release before does not look at."""
    op.execute(CHOICES)
