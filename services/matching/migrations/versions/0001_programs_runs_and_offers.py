"""People as this service knows them, programs, cohort runs, offers, and the seats that nothing may overrun."""

from alembic import op

revision = "matching_0001"
down_revision = None
branch_labels = None
depends_on = None

PEOPLE = """
-- Everybody heard of. The row is also the lock of a mentor's seats and of a mentee's place.
-- `profile` is the whole profile-updated event; the other columns are what SQL asks for.
-- Who left before their profile was heard is kept too, without one: an older profile must not bring them back.
CREATE TABLE people (
    person_id text PRIMARY KEY,
    sequence bigint NOT NULL CHECK (sequence >= 0),
    roles text[] NOT NULL DEFAULT '{}',
    mentor_seats smallint NOT NULL DEFAULT 0 CHECK (mentor_seats BETWEEN 0 AND 10),
    function text,
    manager_id text,
    profile jsonb,
    left_on date,
    CHECK (profile IS NOT NULL OR left_on IS NOT NULL)
);
CREATE INDEX people_by_role ON people USING gin (roles) WHERE left_on IS NULL;
CREATE INDEX people_by_manager ON people (manager_id);
"""

PROGRAMS = """
-- A program as it stands now; each change of its policy adds a row to `policies`.
CREATE TABLE programs (
    program_id uuid PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('open', 'closed')),
    policy_version integer NOT NULL CHECK (policy_version > 0),
    coordinators text[] NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX programs_by_coordinator ON programs USING gin (coordinators);

-- Matches keep the version they were made under, so no version is ever changed or deleted.
CREATE TABLE policies (
    program_id uuid NOT NULL REFERENCES programs,
    version integer NOT NULL CHECK (version > 0),
    policy jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    PRIMARY KEY (program_id, version)
);
"""

RUNS = """
-- A cohort run is a durable job: whoever computes it may die, the row stays and is taken up again.
CREATE TABLE runs (
    run_id uuid PRIMARY KEY,
    program_id uuid NOT NULL REFERENCES programs,
    policy_version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed')),
    asked_by text NOT NULL,
    queued_at timestamptz NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    completed_at timestamptz,
    problem text,
    certificate jsonb,
    correlation_id uuid NOT NULL,
    released_at timestamptz,
    FOREIGN KEY (program_id, policy_version) REFERENCES policies (program_id, version),
    CHECK ((state = 'completed') = (certificate IS NOT NULL)),
    CHECK ((state IN ('completed', 'failed')) = (completed_at IS NOT NULL)),
    CHECK ((state = 'failed') = (problem IS NOT NULL)),
    CHECK (released_at IS NULL OR state = 'completed')
);
-- Two runs of one program at the same time would hand out the same seats.
CREATE UNIQUE INDEX one_run_at_a_time ON runs (program_id) WHERE state IN ('queued', 'running');

-- What a run found. A mentee stands in one pair at most; `match_id` or `skipped` says what releasing made of it.
CREATE TABLE run_pairs (
    run_id uuid NOT NULL REFERENCES runs,
    mentee_id text NOT NULL,
    mentor_id text NOT NULL,
    score integer NOT NULL CHECK (score BETWEEN 0 AND 10000000),
    parts jsonb NOT NULL,
    reasons jsonb NOT NULL,
    match_id uuid,
    skipped text,
    PRIMARY KEY (run_id, mentee_id),
    CHECK (match_id IS NULL OR skipped IS NULL)
);

-- `rule` for programs, `reason` for people.
CREATE TABLE run_unmatched (
    run_id uuid NOT NULL REFERENCES runs,
    mentee_id text NOT NULL,
    rule text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (run_id, mentee_id)
);

-- The proof: for every allowed pair, utility + price >= coverage bonus + score. It also answers "why not this one".
CREATE TABLE run_prices (
    run_id uuid NOT NULL REFERENCES runs,
    mentor_id text NOT NULL,
    seats smallint NOT NULL,
    taken smallint NOT NULL,
    price bigint NOT NULL,
    PRIMARY KEY (run_id, mentor_id)
);
CREATE TABLE run_utilities (
    run_id uuid NOT NULL REFERENCES runs,
    mentee_id text NOT NULL,
    utility bigint NOT NULL,
    PRIMARY KEY (run_id, mentee_id)
);
"""

MATCHES = """
-- One offer to two people and what became of it. Each side has its own deadline and its own reminders.
CREATE TABLE matches (
    match_id uuid PRIMARY KEY,
    program_id uuid NOT NULL REFERENCES programs,
    policy_version integer NOT NULL,
    origin text NOT NULL CHECK (origin IN ('run', 'shortlist', 'request')),
    run_id uuid REFERENCES runs,
    mentee_id text NOT NULL REFERENCES people,
    mentor_id text NOT NULL REFERENCES people,
    state text NOT NULL
        CHECK (state IN ('proposed', 'accepted', 'declined', 'lapsed', 'withdrawn', 'ended')),
    score integer NOT NULL CHECK (score BETWEEN 0 AND 10000000),
    parts jsonb NOT NULL,
    reasons jsonb NOT NULL,
    reasons_for_mentor jsonb NOT NULL,
    proposed_at timestamptz NOT NULL,
    mentee_answer_by timestamptz NOT NULL,
    mentee_reminders timestamptz[] NOT NULL,
    mentee_reminded smallint NOT NULL DEFAULT 0,
    mentee_accepted_at timestamptz,
    mentor_answer_by timestamptz NOT NULL,
    mentor_reminders timestamptz[] NOT NULL,
    mentor_reminded smallint NOT NULL DEFAULT 0,
    mentor_accepted_at timestamptz,
    closed_at timestamptz,
    closed_by text,
    reason text,
    CHECK (mentee_id <> mentor_id),
    CHECK ((origin = 'run') <= (run_id IS NOT NULL)),
    CHECK ((state IN ('accepted', 'ended')) <= (mentee_accepted_at IS NOT NULL AND mentor_accepted_at IS NOT NULL)),
    CHECK ((state = 'proposed') <= (mentee_accepted_at IS NULL OR mentor_accepted_at IS NULL)),
    CHECK ((state IN ('proposed', 'accepted')) = (closed_at IS NULL)),
    CHECK ((state = 'declined') <= (closed_by IS NOT NULL AND reason IS NOT NULL)),
    FOREIGN KEY (program_id, policy_version) REFERENCES policies (program_id, version)
);
-- The same two people are asked once at a time, and paired once at a time.
CREATE UNIQUE INDEX one_open_offer_per_pair ON matches (program_id, mentee_id, mentor_id)
    WHERE state IN ('proposed', 'accepted');
-- A mentee has one mentor per program at a time.
CREATE UNIQUE INDEX one_mentor_per_mentee ON matches (program_id, mentee_id) WHERE state = 'accepted';
-- A mentee stands in one offer that holds a seat at a time; own requests hold none and may be several.
CREATE UNIQUE INDEX one_reserved_offer_per_mentee ON matches (program_id, mentee_id)
    WHERE state = 'proposed' AND origin <> 'request';
CREATE INDEX open_offers ON matches (match_id) WHERE state = 'proposed';
CREATE INDEX matches_of_mentees ON matches (mentee_id, program_id);
CREATE INDEX matches_of_mentors ON matches (mentor_id, program_id);
CREATE INDEX matches_of_programs ON matches (program_id, match_id);
"""

SEATS = """
-- A mentor's taken seats, over all programs: by an offer that reserves one, or by a pair. Free seats are the
-- mentor's number minus these rows.
CREATE TABLE seats (
    mentor_id text NOT NULL REFERENCES people,
    seat_no smallint NOT NULL CHECK (seat_no BETWEEN 1 AND 10),
    match_id uuid NOT NULL UNIQUE REFERENCES matches,
    PRIMARY KEY (mentor_id, seat_no)
);

-- The second lock on the door: whatever a handler does, the table refuses a seat that is not there. It takes
-- the mentor's row first, so that two transactions that forgot to lock are put in a line here.
CREATE FUNCTION refuse_a_seat_too_many() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    offered integer;
    taken integer;
BEGIN
    SELECT mentor_seats INTO offered FROM people WHERE person_id = NEW.mentor_id FOR NO KEY UPDATE;
    SELECT count(*) INTO taken FROM seats WHERE mentor_id = NEW.mentor_id;
    IF taken >= offered THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'seats_offered',
            MESSAGE = 'all ' || offered || ' seats of mentor ' || NEW.mentor_id || ' are taken';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER seats_offered BEFORE INSERT ON seats FOR EACH ROW EXECUTE FUNCTION refuse_a_seat_too_many();

-- And no pair without a seat: checked at the commit, so the order inside a transaction is free.
CREATE FUNCTION refuse_a_pair_without_a_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM matches WHERE match_id = NEW.match_id AND state = 'accepted')
        AND NOT EXISTS (SELECT FROM seats WHERE match_id = NEW.match_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'pairs_hold_seats',
            MESSAGE = 'match ' || NEW.match_id || ' is accepted without a seat';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER pairs_hold_seats AFTER INSERT OR UPDATE OF state ON matches
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'accepted')
    EXECUTE FUNCTION refuse_a_pair_without_a_seat();
"""

REPLACEMENTS = """
-- Mentees whose offer came to nothing, until the next candidate was asked. Keyed by the offer that ended, so
-- that a second ending while the first is being worked on is not lost.
CREATE TABLE replacements (
    match_id uuid PRIMARY KEY REFERENCES matches,
    program_id uuid NOT NULL REFERENCES programs,
    mentee_id text NOT NULL REFERENCES people,
    asked_at timestamptz NOT NULL,
    correlation_id uuid NOT NULL
);
"""


def upgrade() -> None:
    """Creates the tables."""
    for statements in (PEOPLE, PROGRAMS, RUNS, MATCHES, SEATS, REPLACEMENTS):
        op.execute(statements)
