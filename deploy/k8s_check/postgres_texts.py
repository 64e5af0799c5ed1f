"""Roles and schemas as SQL: the same statements that the local platform runs, for psql and for CloudNativePG."""

from deploy.k8s_check.registry import NAMES
from deploy.k8s_check.texts import yaml_of
from deploy.local.roles import APP_LIMITS, OWNER_LIMITS, role_names, schema_statements

DATABASE = "mentoring"
_HOW = """\
-- Made by `make docs`; do not edit by hand. As an administrator of the server, in the database "mentoring", once:
--   psql -d mentoring -f schemas.sql
-- Then a password for each role, the one that its Secret holds: \\password profiles_app
"""


def schemas_sql() -> str:
    """Roles without passwords, schemas, and who may do what in them."""
    return _HOW + "\n".join(f"{statement};" for statement in _statements()) + "\n"


def _statements() -> list[str]:
    said = [
        f"DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        for role in role_names(NAMES)
    ]
    for service in NAMES:
        for kind, limits in (("owner", OWNER_LIMITS), ("app", APP_LIMITS)):
            settings = {"search_path": service, **limits}
            said += [f"ALTER ROLE {service}_{kind} SET {name} = '{value}'" for name, value in settings.items()]
    # Whoever is no superuser must be a member to give a schema away.
    said += [f"GRANT {service}_owner TO current_user" for service in NAMES]
    return said + schema_statements(DATABASE, NAMES)


def schemas_config_map() -> str:
    """The same for CloudNativePG, which runs it in the new database."""
    metadata = {"name": "postgres-schemas", "labels": {"cnpg.io/reload": "true"}}
    data = {"schemas.sql": "\n".join(f"{statement};" for statement in _statements()) + "\n"}
    return yaml_of([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}])
