"""Where we stand on every topic, kept beside the state: a database that was restored knows how far it had come."""

from alembic import op

revision = "chassis_0004"
down_revision = "chassis_0003"

TABLES = """
-- Up to where each partition is known to this database: on topics of ours (`told`) by what Kafka acknowledged, on
-- those of others (`heard`) by what was handled. Moves with every batch, in the transaction of its effects.
CREATE TABLE positions (
    kind text NOT NULL CHECK (kind IN ('told', 'heard')),
    topic text NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    PRIMARY KEY (kind, topic, partition)
) WITH (fillfactor = 50);

-- Events on topics of ours of which this database knows nothing: it is older than they are. `known_at`: the state
-- says the same again. What stays open is what was lost.
CREATE TABLE told_before (
    event_id uuid PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    body_sha256 bytea NOT NULL,
    told_at timestamptz NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    known_at timestamptz
);
CREATE INDEX told_before_stories ON told_before (topic, key, sequence);
CREATE INDEX told_before_open ON told_before (found_at) WHERE known_at IS NULL;
"""


def upgrade() -> None:
    """Creates the tables."""
    op.execute(TABLES)
