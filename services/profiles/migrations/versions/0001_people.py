"""People, and the HR files they come from."""

from alembic import op

revision = "profiles_0001"
down_revision = None

_PEOPLE = """
CREATE TABLE people (
    person_id text PRIMARY KEY CHECK (person_id ~ '^[A-Za-z0-9._-]{1,64}$'),
    -- The whole profile as it is told: what a subscriber sees and what we keep can never differ.
    profile jsonb NOT NULL
        CHECK (profile ->> 'person_id' = person_id)
        CHECK ((profile ->> 'mentor_seats')::int BETWEEN 0 AND 10)
        CHECK ((profile ->> 'level')::int BETWEEN 1 AND 15)
        CHECK (profile ->> 'time_zone' <> '' AND jsonb_array_length(profile -> 'languages') > 0),
    manager_id text GENERATED ALWAYS AS (profile ->> 'manager_id') STORED CHECK (manager_id <> person_id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 320),
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 320),
    left_on date,
    gone boolean NOT NULL DEFAULT false CHECK (NOT gone OR left_on IS NOT NULL),
    -- Fields people have set themselves; the nightly HR file does not take these back.
    own text[] NOT NULL DEFAULT '{}',
    version int NOT NULL CHECK (version > 0),
    changed_at timestamptz NOT NULL
)
"""
_PEOPLE_BY_MANAGER = "CREATE INDEX people_by_manager ON people (manager_id) WHERE manager_id IS NOT NULL"
_IMPORTS = """
CREATE TABLE imports (
    import_id uuid PRIMARY KEY,
    -- receiving: the file is coming in; scanning: doubles and managers are looked at; applying: people change.
    state text NOT NULL CHECK (state IN ('receiving', 'scanning', 'applying', 'done')),
    -- Delimiter, their names and ours of each column: found once, when the first line came in.
    header jsonb CHECK (header IS NOT NULL OR state = 'receiving'),
    rows_from bigint NOT NULL DEFAULT 0,
    size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    -- How far the file is worked through; moves in the transaction of each batch, so nothing is done twice.
    read_to bigint NOT NULL DEFAULT 0,
    line bigint NOT NULL DEFAULT 1,
    passing boolean NOT NULL DEFAULT false,
    added int NOT NULL DEFAULT 0,
    changed int NOT NULL DEFAULT 0,
    unchanged int NOT NULL DEFAULT 0,
    refused int NOT NULL DEFAULT 0,
    received_by text NOT NULL,
    received_at timestamptz NOT NULL,
    -- Real time, whatever a test calendar says: an upload that stands still for long has broken off.
    touched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
)
"""
_IMPORTS_OPEN = "CREATE INDEX open_imports ON imports (received_at) WHERE state <> 'done'"
_CHUNKS = """
-- The file itself, so that an import survives a restart. Gone as soon as the import ends: it holds names.
CREATE TABLE import_chunks (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    place int NOT NULL CHECK (place >= 0),
    body bytea NOT NULL,
    PRIMARY KEY (import_id, place)
)
"""
# Compressing costs more time than the disk is worth for a file that lives for a minute.
_CHUNKS_PLAIN = "ALTER TABLE import_chunks ALTER COLUMN body SET STORAGE EXTERNAL"
_LINES = """
-- Who stands in the file and under whom: finds doubles, unknown managers and circles before anybody is changed.
CREATE TABLE import_lines (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    person_id text NOT NULL,
    -- NULL: only mentioned in a row that cannot be read, so nobody's manager becomes unknown through it.
    line bigint,
    manager_id text,
    problem text CHECK (problem IN ('unknown-manager', 'circle')),
    circle text,
    PRIMARY KEY (import_id, person_id)
)
"""
_REJECTIONS = """
CREATE TABLE import_rejections (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    line bigint NOT NULL,
    column_name text NOT NULL,
    reason text NOT NULL,
    mend text NOT NULL,
    cells text[] NOT NULL,
    PRIMARY KEY (import_id, line)
)
"""


def upgrade() -> None:
    """Creates the tables."""
    for statement in (_PEOPLE, _PEOPLE_BY_MANAGER, _IMPORTS, _IMPORTS_OPEN, _CHUNKS, _CHUNKS_PLAIN):
        op.execute(statement)
    for statement in (_LINES, _REJECTIONS):
        op.execute(statement)
