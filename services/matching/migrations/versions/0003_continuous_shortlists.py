"""Shortlists that are kept up to date: who changed, who keeps them, what they are, and the prices behind them."""

from alembic import op

revision = "matching_0003"
down_revision = "matching_0002"
branch_labels = None
depends_on = None

CHANGES = """
-- People about whom something changed that a shortlist depends on, until the keeper has looked. Triggers write it, so
-- that nobody who changes a person or a match can forget to; the release before writes it too.
CREATE TABLE shortlist_changes (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id text NOT NULL
);

CREATE FUNCTION note_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shortlist_changes (person_id) SELECT person_id FROM changed;
    RETURN NULL;
END $$;
CREATE TRIGGER note_new_people AFTER INSERT ON people
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_people();
CREATE TRIGGER note_changed_people AFTER UPDATE ON people
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_people();

CREATE FUNCTION note_both() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shortlist_changes (person_id) VALUES (NEW.mentee_id), (NEW.mentor_id);
    RETURN NULL;
END $$;
CREATE TRIGGER note_new_match AFTER INSERT ON matches FOR EACH ROW EXECUTE FUNCTION note_both();
CREATE TRIGGER note_changed_match AFTER UPDATE ON matches
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION note_both();

CREATE FUNCTION note_mentee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shortlist_changes (person_id) VALUES (coalesce(NEW.mentee_id, OLD.mentee_id));
    RETURN NULL;
END $$;
CREATE TRIGGER note_ruling AFTER INSERT OR UPDATE OR DELETE ON rulings
    FOR EACH ROW EXECUTE FUNCTION note_mentee();
"""

KEEPER = """
-- The one process that keeps the shortlists, by a lease that it renews. Each of its transactions holds this row, so
-- that whoever lost the lease commits nothing more.
CREATE TABLE shortlist_keeper (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    owner uuid,
    seen_at timestamptz
);
INSERT INTO shortlist_keeper DEFAULT VALUES;
"""

SHORTLISTS = """
-- What a mentee sees, best first, with score, parts and reasons; `mentors` are the same ids, to be searched by.
CREATE TABLE shortlists (
    program_id uuid NOT NULL REFERENCES programs,
    mentee_id text NOT NULL,
    mentors text[] NOT NULL,
    items jsonb NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (program_id, mentee_id)
);
CREATE INDEX shortlists_by_mentor ON shortlists USING gin (mentors);

-- What a seat of each mentor is worth to those who still look, as last solved. `changes` counts what was noticed,
-- `solved_changes` how many of them that solution knew.
CREATE TABLE seat_prices (
    program_id uuid PRIMARY KEY REFERENCES programs,
    changes bigint NOT NULL DEFAULT 1,
    solved_changes bigint NOT NULL DEFAULT 0,
    solutions integer NOT NULL DEFAULT 0,
    solved_at timestamptz,
    prices jsonb NOT NULL DEFAULT '{}'
);
"""


def upgrade() -> None:
    """Adds what the release before does not look at."""
    for statements in (CHANGES, KEEPER, SHORTLISTS):
        op.execute(statements)
