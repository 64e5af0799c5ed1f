"""Pairs and what belongs to them: agreement, meetings, check-ins, private notes, tasks; and whom and what they need."""

from alembic import op

revision = "engagement_0001"
down_revision = None
branch_labels = ("engagement",)

KNOWN = """
-- Where people's clocks are and when they work, taken from their profiles. `sequence` is that of the last event
-- taken up, so that an older one heard late changes nothing; 0 is what the match's terms said before any profile.
CREATE TABLE people (
    person_id text PRIMARY KEY,
    time_zone text NOT NULL,
    working_hours text[] NOT NULL CHECK (cardinality(working_hours) > 0),
    country text,
    manager_id text,
    wants text[] NOT NULL DEFAULT '{}',
    has_left boolean NOT NULL DEFAULT false,
    sequence bigint NOT NULL DEFAULT 0 CHECK (sequence >= 0)
);

-- Who coordinates which program: they see its pairs and get its tasks, also after it was closed.
CREATE TABLE programs (
    program_id uuid PRIMARY KEY,
    coordinators text[] NOT NULL,
    sequence bigint NOT NULL CHECK (sequence >= 0)
);
"""

PAIRS = """
-- One row per pair; its lock orders every change of the pair. A match starts one relationship at most, ever.
-- Who closed it is not kept: nobody shall be able to look it up.
CREATE TABLE relationships (
    id uuid PRIMARY KEY,
    match_id uuid NOT NULL UNIQUE,
    program_id uuid NOT NULL,
    mentee_id text NOT NULL,
    mentor_id text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    cadence jsonb NOT NULL,
    started_at timestamptz NOT NULL,
    agreement_due_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    signed_at timestamptz,
    closed_at timestamptz,
    reason text CHECK (reason IN ('completed', 'ended', 'person-left')),
    CHECK (mentee_id <> mentor_id),
    CHECK (ends_on > starts_on),
    CHECK ((closed_at IS NULL) = (reason IS NULL))
);
CREATE INDEX relationships_of_mentee ON relationships (mentee_id);
CREATE INDEX relationships_of_mentor ON relationships (mentor_id);
CREATE INDEX relationships_of_program ON relationships (program_id);
-- Lists are read newest first, page by page.
CREATE INDEX relationships_by_start ON relationships (started_at DESC, id DESC);

-- What each side filled in, blind. Once the relationship is signed both rows say the same and stay.
CREATE TABLE agreement_sides (
    relationship_id uuid NOT NULL REFERENCES relationships,
    side text NOT NULL CHECK (side IN ('mentee', 'mentor')),
    rhythm text NOT NULL CHECK (rhythm IN ('weekly', 'every-two-weeks', 'monthly', 'quarterly')),
    channel text NOT NULL CHECK (channel IN ('in-person', 'video', 'phone', 'chat')),
    focus text[] NOT NULL CHECK (cardinality(focus) BETWEEN 1 AND 3),
    weeks integer NOT NULL CHECK (weeks BETWEEN 1 AND 260),
    PRIMARY KEY (relationship_id, side)
);

CREATE TABLE meetings (
    id uuid PRIMARY KEY,
    relationship_id uuid NOT NULL REFERENCES relationships,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    channel text NOT NULL CHECK (channel IN ('in-person', 'video', 'phone', 'chat')),
    revision integer NOT NULL CHECK (revision >= 0),
    status text NOT NULL CHECK (status IN ('scheduled', 'held', 'cancelled')),
    CHECK (ends_at - starts_at BETWEEN interval '10 minutes' AND interval '8 hours')
);
CREATE INDEX meetings_of_relationship ON meetings (relationship_id, starts_at);
"""

CHECKINS = """
-- One person's row of check-ins in one pair. What they answered stands here and is in no event.
CREATE TABLE checkins (
    id uuid PRIMARY KEY,
    relationship_id uuid NOT NULL REFERENCES relationships,
    person_id text NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    due_at timestamptz NOT NULL,
    answer_by_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('planned', 'open', 'completed', 'missed', 'cancelled')),
    answered_at timestamptz,
    pulse smallint CHECK (pulse BETWEEN 1 AND 5),
    went_well text,
    missing text,
    UNIQUE (relationship_id, person_id, number),
    CHECK (answer_by_at > due_at),
    CHECK ((status = 'completed') = (answered_at IS NOT NULL)),
    CHECK ((status = 'completed') = (pulse IS NOT NULL))
);
-- Only the next one is planned ahead; a second would be asked twice.
CREATE UNIQUE INDEX one_planned_checkin_per_side ON checkins (relationship_id, person_id) WHERE status = 'planned';
CREATE INDEX checkins_of_person ON checkins (person_id, due_at DESC, id);

-- The private part of an answer, apart from everything else. It is shown to the people it was addressed to when it
-- was written, and to nobody who coordinates later.
CREATE TABLE private_notes (
    checkin_id uuid PRIMARY KEY REFERENCES checkins,
    relationship_id uuid NOT NULL REFERENCES relationships,
    person_id text NOT NULL,
    body text NOT NULL CHECK (body <> ''),
    addressed_to text[] NOT NULL CHECK (cardinality(addressed_to) > 0),
    written_at timestamptz NOT NULL,
    CHECK (NOT person_id = ANY (addressed_to))
);
CREATE INDEX private_notes_of_relationship ON private_notes (relationship_id, written_at);

-- What a coordinator should look at. Without `done_by` it settled itself.
CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('agreement-overdue', 'checkins-missed')),
    relationship_id uuid NOT NULL REFERENCES relationships,
    program_id uuid NOT NULL,
    person_id text,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    done_by text,
    CHECK (done_by IS NULL OR done_at IS NOT NULL),
    CHECK ((kind = 'checkins-missed') = (person_id IS NOT NULL))
);
-- An agreement is overdue once in the life of a pair.
CREATE UNIQUE INDEX one_overdue_agreement_per_pair ON tasks (relationship_id) WHERE kind = 'agreement-overdue';
CREATE INDEX open_tasks_of_program ON tasks (program_id, created_at, id) WHERE done_at IS NULL;
CREATE INDEX tasks_of_relationship ON tasks (relationship_id);
"""


def upgrade() -> None:
    """Creates the tables."""
    for tables in (KNOWN, PAIRS, CHECKINS):
        op.execute(tables)
