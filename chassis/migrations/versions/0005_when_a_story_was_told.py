"""When each story began and was last told, so that what Kafka has thrown away by age is not taken for lost."""

from alembic import op

revision = "chassis_0005"
down_revision = "chassis_0004"

INSTANTS = """
-- Real time, as the outbox has it. Null in rows from before: then the beginning of the partition decides.
-- Not in any index, so that counting a story on stays as light as it was.
ALTER TABLE streams ADD COLUMN begun_at timestamptz, ADD COLUMN told_at timestamptz;
ALTER TABLE streams ALTER COLUMN begun_at SET DEFAULT clock_timestamp(),
    ALTER COLUMN told_at SET DEFAULT clock_timestamp();
"""


def upgrade() -> None:
    """Adds what the release before does not look at."""
    op.execute(INSTANTS)
