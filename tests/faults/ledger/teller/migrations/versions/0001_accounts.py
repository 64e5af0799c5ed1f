"""The accounts, and a booking that fails only when it commits."""

from alembic import op

revision = "teller_0001"
down_revision = None

_TABLES = """
CREATE TABLE accounts (
    account_id text PRIMARY KEY,
    version bigint NOT NULL,
    balance bigint NOT NULL,
    last_request text NOT NULL,
    spoilt boolean NOT NULL
);
CREATE FUNCTION refuse_spoilt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a spoilt booking is never kept' USING ERRCODE = 'check_violation';
END $$;
-- Deferred: everything, the outbox too, is written before the commit refuses.
CREATE CONSTRAINT TRIGGER refuse_spoilt AFTER INSERT OR UPDATE ON accounts
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.spoilt) EXECUTE FUNCTION refuse_spoilt();
"""


def upgrade() -> None:
    """Creates them."""
    op.execute(_TABLES)
