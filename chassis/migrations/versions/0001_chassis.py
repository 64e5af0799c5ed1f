"""The tables that every service stands on, in the service's own schema."""

from alembic import op

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)

TABLES = """
-- The number of the last event told about each aggregate; its row lock orders commits.
CREATE TABLE streams (
    topic text NOT NULL,
    key text NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    PRIMARY KEY (topic, key)
);

-- Events that are committed and not yet acknowledged by Kafka. The relay deletes what was acknowledged, so the
-- table stays small and vacuum must come by often.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bucket smallint NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    event_id uuid NOT NULL UNIQUE,
    headers text NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000);

-- Event ids already acted upon: a second delivery is dropped.
CREATE TABLE inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_by_age ON inbox (heard_at);

-- Messages that could not be handled, or stand behind one of the same key, in the order of their arrival.
-- Resolved rows stay as the record of who did what and why.
CREATE TABLE parked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    key text,
    event_id uuid,
    type text,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'replayed', 'discarded')),
    resolved_at timestamptz,
    resolved_by text,
    resolution text,
    UNIQUE (consumer, topic, partition, position),
    CHECK ((state = 'parked') = (resolved_at IS NULL)),
    CHECK (state <> 'discarded' OR (resolved_by IS NOT NULL AND resolution IS NOT NULL))
);
CREATE INDEX parked_stories ON parked (topic, key) WHERE state = 'parked';

-- Instants at which something must be looked at again; one per kind and key.
CREATE TABLE timers (
    kind text NOT NULL,
    key text NOT NULL,
    due_at timestamptz NOT NULL,
    tries smallint NOT NULL DEFAULT 0,
    not_before timestamptz,
    correlation_id uuid,
    PRIMARY KEY (kind, key)
);
CREATE INDEX timers_by_due ON timers (due_at);

-- Answers already given, by caller and Idempotency-Key.
CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    request_sha256 bytea NOT NULL,
    status smallint,
    body text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Outside production: where the calendar stands. At most one row.
CREATE TABLE test_clock (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    """Creates the tables."""
    op.execute(TABLES)
