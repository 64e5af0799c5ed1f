"""Every event writes one row here and two rows there; indexes that nobody needs at that price go."""

from alembic import op

revision = "chassis_0002"
down_revision = "chassis_0001"

INDEXES = """
-- Rows arrive in the order of their age, and old ones are looked for every ten minutes: a few bytes for each
-- hundred pages are enough.
DROP INDEX inbox_by_age;
CREATE INDEX inbox_by_age ON inbox USING brin (heard_at);

-- Ids are UUIDv7, made here and nowhere else, and nobody asks for one: readers drop doubles by their inbox.
ALTER TABLE outbox DROP CONSTRAINT outbox_event_id_key;
"""


def upgrade() -> None:
    """Makes them lighter."""
    op.execute(INDEXES)
