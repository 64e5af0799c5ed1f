"""Subscriptions, the events that may be sent to them, and which of them are still to be sent."""

from alembic import op

revision = "webhooks_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the service's tables."""
    op.execute(_SUBSCRIPTIONS)
    op.execute(_RECEIVERS)
    op.execute(_EVENTS)
    op.execute(_DELIVERIES)
    op.execute(_ATTEMPTS)


_SUBSCRIPTIONS = """
-- What somebody asked for. An empty list of the filter asks for nothing.
CREATE TABLE subscriptions (
    subscription_id uuid PRIMARY KEY,
    url             text NOT NULL,
    event_types     text[] NOT NULL,
    program_ids     uuid[] NOT NULL,
    person_ids      text[] NOT NULL,
    subjects        text[] NOT NULL,
    owner_id        text NOT NULL,
    description     text NOT NULL,
    per_second      integer NOT NULL CHECK (per_second >= 1),
    created_by      text NOT NULL,
    created_at      timestamptz NOT NULL,
    state           text NOT NULL CHECK (state IN ('active', 'paused')),
    paused_reason   text CHECK (paused_reason IN ('asked', 'gone', 'gave-up')),
    paused_at       timestamptz,
    version         bigint NOT NULL,
    CONSTRAINT paused_ones_say_since_when_and_why
        CHECK ((state = 'paused') = (paused_at IS NOT NULL) AND (state = 'paused') = (paused_reason IS NOT NULL))
);
CREATE INDEX subscriptions_listed ON subscriptions (created_at DESC, subscription_id DESC);

-- Sealed with a key that is not in the database: who reads a backup can sign nothing. The current one has no end.
CREATE TABLE secrets (
    secret_id       uuid PRIMARY KEY,
    subscription_id uuid NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    sealed          bytea NOT NULL,
    created_at      timestamptz NOT NULL,
    valid_until     timestamptz
);
CREATE UNIQUE INDEX one_current_secret ON secrets (subscription_id) WHERE valid_until IS NULL;
CREATE INDEX secrets_of_subscription ON secrets (subscription_id);
"""

_RECEIVERS = """
-- How each receiver is doing, and how much it may be sent. Apart from subscriptions: this changes with deliveries, and
-- its row is what a worker locks to take a turn. `proven`: it has taken something. Tokens refill in real seconds.
CREATE TABLE receivers (
    subscription_id uuid PRIMARY KEY REFERENCES subscriptions ON DELETE CASCADE,
    proven          boolean NOT NULL DEFAULT false,
    failing_since   timestamptz,
    failures        integer NOT NULL DEFAULT 0,
    failed_topic    text,
    failed_key      text,
    rest_until      timestamptz,
    served_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    tokens          double precision NOT NULL,
    tokens_at       timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
"""

_EVENTS = """
-- Every event that may be sent, once, however many want it. `place` is the order in which they were heard: within a
-- story that is the story's order.
CREATE TABLE events (
    place      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id   uuid NOT NULL UNIQUE,
    type       text NOT NULL,
    topic      text NOT NULL,
    key        text NOT NULL,
    sequence   bigint NOT NULL,
    told_at    timestamptz NOT NULL,
    program_id uuid,
    person_ids text[] NOT NULL,
    data       text NOT NULL
);
-- Replays begin at an instant; forgetting ends at one.
CREATE INDEX events_by_instant ON events (told_at, place);
"""

_DELIVERIES = """
-- What is still to be sent to whom. A delivery ends by being deleted, so this holds the backlog and nothing else.
CREATE TABLE deliveries (
    subscription_id uuid NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    topic           text NOT NULL,
    key             text NOT NULL,
    place           bigint NOT NULL REFERENCES events ON DELETE CASCADE,
    PRIMARY KEY (subscription_id, topic, key, place)
);
CREATE INDEX deliveries_of_event ON deliveries (place);

-- One row for each story that has something to be sent: its first delivery goes, the others stand behind it.
-- A worker claims the row for the length of a lease, in real seconds; whoever is killed loses it by itself.
CREATE TABLE lanes (
    subscription_id uuid NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    topic           text NOT NULL,
    key             text NOT NULL,
    due_at          timestamptz NOT NULL,
    attempts        integer NOT NULL DEFAULT 0,
    first_failed_at timestamptz,
    claim           uuid,
    claimed_until   timestamptz,
    PRIMARY KEY (subscription_id, topic, key),
    CHECK ((claim IS NULL) = (claimed_until IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX lanes_due ON lanes (subscription_id, due_at);
CREATE INDEX lanes_claimed ON lanes (subscription_id, claimed_until) WHERE claimed_until IS NOT NULL;
"""

_ATTEMPTS = """
-- The delivery log: outcomes only, never what a receiver answered.
CREATE TABLE attempts (
    attempt_id      uuid PRIMARY KEY,
    subscription_id uuid NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    event_id        uuid NOT NULL,
    type            text NOT NULL,
    topic           text NOT NULL,
    key             text NOT NULL,
    attempt         integer NOT NULL,
    at              timestamptz NOT NULL,
    outcome         text NOT NULL CHECK (outcome IN ('taken', 'refused', 'busy', 'gone', 'no-answer',
                        'address-refused')),
    status          integer,
    milliseconds    integer NOT NULL,
    next_at         timestamptz
);
CREATE INDEX attempts_listed ON attempts (subscription_id, at DESC, attempt_id DESC);
CREATE INDEX attempts_by_instant ON attempts (at);
"""
