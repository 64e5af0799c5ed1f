"""No version of a policy is ever changed or deleted: now the server sees to it."""

from alembic import op

revision = "matching_0007"
down_revision = "matching_0006"
branch_labels = None
depends_on = None

POLICIES = """
-- Matches, runs and their proofs refer to the version they were made under, and to who made it.
DO $$
DECLARE
    app text := current_schema() || '_app';
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = app) THEN
        EXECUTE 'REVOKE UPDATE, DELETE ON policies FROM ' || quote_ident(app);
    END IF;
END $$;
"""


def upgrade() -> None:
    """Takes the rights away."""
    op.execute(POLICIES)
