"""A timer that fires days later begins a trace of its own, with a link to the one in which it was set."""

from alembic import op

revision = "chassis_0006"
down_revision = "chassis_0005"

TIMERS = """
-- Filled where traces are recorded. Releases before this one write and read timers without it.
ALTER TABLE timers ADD COLUMN traceparent text;
"""


def upgrade() -> None:
    """Adds the column."""
    op.execute(TIMERS)
