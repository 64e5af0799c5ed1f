"""A letter to the owner of a webhook."""

from alembic import op

revision = "notifications_0002"
down_revision = "notifications_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lets letters have one more template."""
    op.execute(_TEMPLATES)


_TEMPLATES = """
-- Not validated: every row that is there has passed the narrower check, and reading them all would hold up the sender.
ALTER TABLE letters DROP CONSTRAINT letters_template_check;
ALTER TABLE letters ADD CONSTRAINT letters_template_check CHECK (template IN ('offer', 'reminder', 'introduction',
    'agreement-due', 'agreement-diverged', 'meeting-scheduled', 'meeting-cancelled', 'checkin-due', 'checkin-missed',
    'relationship-closed', 'webhook-paused', 'digest')) NOT VALID;
"""
