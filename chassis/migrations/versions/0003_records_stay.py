"""What is a record of who did what, the service itself cannot rewrite."""

from alembic import op

revision = "chassis_0003"
down_revision = "chassis_0002"

RECORDS = """
-- Once somebody has resolved a parked message, how and why stays, whoever asks.
CREATE FUNCTION refuse_another_resolution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE insufficient_privilege
        USING MESSAGE = 'parked message ' || OLD.id || ' was ' || OLD.state || ' before; the record of it stays';
END $$;
CREATE TRIGGER resolved_stays BEFORE UPDATE ON parked
    FOR EACH ROW WHEN (OLD.state <> 'parked') EXECUTE FUNCTION refuse_another_resolution();

-- The role that serves parks and resolves messages: it neither removes nor rewords them. Which revisions were applied
-- is written by the owner alone. (A schema that was made without such a role has nobody to refuse.)
DO $$
DECLARE
    app text := current_schema() || '_app';
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = app) THEN
        EXECUTE 'REVOKE UPDATE, DELETE ON parked FROM ' || quote_ident(app);
        EXECUTE 'GRANT UPDATE (state, resolved_at, resolved_by, resolution) ON parked TO ' || quote_ident(app);
        EXECUTE 'REVOKE INSERT, UPDATE, DELETE ON schema_version FROM ' || quote_ident(app);
    END IF;
END $$;
"""


def upgrade() -> None:
    """Takes the rights away."""
    op.execute(RECORDS)
