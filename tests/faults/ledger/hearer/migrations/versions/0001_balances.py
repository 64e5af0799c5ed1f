"""What the hearer keeps, and the accounts whose bookings it cannot take up for the moment."""

from alembic import op

revision = "hearer_0001"
down_revision = None

_TABLES = """
CREATE TABLE effects (
    place bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    account_id text NOT NULL,
    sequence bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX effects_by_event ON effects (event_id);
CREATE TABLE balances (
    account_id text PRIMARY KEY,
    balance bigint NOT NULL,
    sequence bigint NOT NULL
);
-- A row put here by a test makes every booking of that account fail, until it is taken out again.
CREATE TABLE sore (account_id text PRIMARY KEY);
CREATE FUNCTION refuse_sore() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM sore WHERE account_id = NEW.account_id) THEN
        RAISE EXCEPTION USING MESSAGE = NEW.account_id || ' is sore', ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_sore BEFORE INSERT ON effects FOR EACH ROW EXECUTE FUNCTION refuse_sore();
"""


def upgrade() -> None:
    """Creates them."""
    op.execute(_TABLES)
