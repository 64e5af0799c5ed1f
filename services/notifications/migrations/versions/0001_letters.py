"""People to write to, what they chose, and every letter with its fate."""

from alembic import op

revision = "notifications_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the service's tables."""
    op.execute(_PEOPLE)
    op.execute(_PREFERENCES)
    op.execute(_LETTERS)
    op.execute(_INDEXES)


_PEOPLE = """
-- Names and addresses live here and nowhere else. Contact data and profile arrive on two topics, in any order,
-- so each half may be missing and has a sequence of its own: what is older than what we know changes nothing.
CREATE TABLE people (
    person_id        text PRIMARY KEY,
    name             text,
    email            text,
    contact_sequence bigint NOT NULL DEFAULT 0,
    time_zone        text,
    languages        text[] NOT NULL DEFAULT '{}',
    working_hours    text[] NOT NULL DEFAULT '{}',
    country          text,
    profile_sequence bigint NOT NULL DEFAULT 0,
    left_on          date,
    CHECK ((name IS NULL) = (email IS NULL))
);

-- Letters name the program; policies are versioned by the sequence of their topic.
CREATE TABLE programs (
    program_id uuid PRIMARY KEY,
    name       text NOT NULL,
    sequence   bigint NOT NULL
);
"""

_PREFERENCES = """
-- Kept apart from people: somebody may choose before we have heard of them, and a choice outlives a profile.
CREATE TABLE preferences (
    person_id   text PRIMARY KEY,
    language    text,
    digest_only boolean NOT NULL DEFAULT false,
    muted       text[] NOT NULL DEFAULT '{}',
    changed_at  timestamptz NOT NULL
);
"""

_LETTERS = """
-- The facts of a letter, never its text: it is written at the moment it is sent, in the language of that moment.
CREATE TABLE letters (
    letter_id      uuid PRIMARY KEY,
    cause          uuid NOT NULL,
    happened_at    timestamptz NOT NULL,
    correlation_id uuid NOT NULL,
    traceparent    text,
    person_id      text NOT NULL,
    template       text NOT NULL CHECK (template IN ('offer', 'reminder', 'introduction', 'agreement-due',
                       'agreement-diverged', 'meeting-scheduled', 'meeting-cancelled', 'checkin-due',
                       'checkin-missed', 'relationship-closed', 'digest')),
    matter         text NOT NULL,
    pace           text NOT NULL CHECK (pace IN ('at-once', 'single', 'digest')),
    partner_id     text,
    program_id     uuid,
    story          uuid,
    know_by_at     timestamptz,
    void_at        timestamptz,
    delay          interval NOT NULL DEFAULT '0',
    facts          jsonb NOT NULL,
    planned_at     timestamptz NOT NULL,
    status         text NOT NULL CHECK (status IN ('unaddressed', 'planned', 'waiting', 'collected', 'sending',
                       'sent', 'suppressed', 'failed')),
    send_at        timestamptz,
    budgeted       boolean NOT NULL DEFAULT false,
    reason         text CHECK (reason IN ('budget', 'preference', 'outdated', 'person-left',
                       'address-refused', 'gave-up')),
    attempts       integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    first_tried_at timestamptz,
    done_at        timestamptz,
    language       text,
    subject        text,
    confirmed      boolean NOT NULL DEFAULT true,
    digest_id      uuid REFERENCES letters,

    -- One cause makes one letter of a kind to a person, however often it is heard, in whatever inbox.
    CONSTRAINT one_letter_per_cause UNIQUE (cause, person_id, template),
    CONSTRAINT ended_letters_have_an_end
        CHECK ((status IN ('sent', 'suppressed', 'failed')) = (done_at IS NOT NULL)),
    CONSTRAINT open_letters_have_a_time
        CHECK (status NOT IN ('unaddressed', 'planned', 'waiting') OR send_at IS NOT NULL),
    CONSTRAINT what_does_not_go_says_why CHECK (status NOT IN ('suppressed', 'failed') OR reason IS NOT NULL),
    CONSTRAINT a_digest_lies_in_no_digest CHECK (template <> 'digest' OR digest_id IS NULL),
    CONSTRAINT collected_letters_lie_in_a_digest CHECK (status <> 'collected' OR digest_id IS NOT NULL)
);
"""

_INDEXES = """
-- What the sender looks for every second. Ended letters, nearly all of them, are in none of the partial ones.
CREATE INDEX letters_due ON letters (send_at, letter_id) WHERE status IN ('unaddressed', 'planned', 'waiting');
CREATE INDEX letters_sending ON letters (letter_id) WHERE status = 'sending';
CREATE INDEX letters_open_of_person ON letters (person_id)
    WHERE status IN ('unaddressed', 'planned', 'waiting', 'collected');
CREATE INDEX letters_without_partner ON letters (partner_id) WHERE status = 'unaddressed';
CREATE INDEX letters_open_of_story ON letters (story)
    WHERE status IN ('unaddressed', 'planned', 'waiting', 'collected');
-- What a person was told of a matter; what lies in a digest; the page of a person's letters; the budget.
CREATE INDEX letters_of_matter ON letters (matter, person_id);
CREATE INDEX letters_in_digest ON letters (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX letters_of_person ON letters (person_id, planned_at DESC, letter_id DESC);
CREATE INDEX letters_counted ON letters (person_id, done_at) WHERE budgeted AND status = 'sent';
"""
