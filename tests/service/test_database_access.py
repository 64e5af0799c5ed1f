"""Least privilege on PostgreSQL: what a service's role must never do, tried as that role, refused by the server."""

import asyncio

import asyncpg
import pytest

from chassis.envelope import new_id
from chassis.migrate import migrate
from deploy.local import roles
from services.engagement.__main__ import SERVICE as ENGAGEMENT
from services.matching.__main__ import SERVICE as MATCHING
from services.notifications.__main__ import SERVICE as NOTIFICATIONS
from services.profiles.__main__ import SERVICE as PROFILES
from services.webhooks.__main__ import SERVICE as WEBHOOKS

ALL = {each.name: each for each in (PROFILES, MATCHING, ENGAGEMENT, NOTIFICATIONS, WEBHOOKS)}
NO_PRIVILEGE, TOOK_TOO_LONG = "42501", "57014"

FORBIDDEN = {
    "read a neighbour's table": ("SELECT * FROM {neighbour}.outbox", NO_PRIVILEGE),
    "make a table in its own schema": ("CREATE TABLE {own}.more ()", NO_PRIVILEGE),
    "change a table of its own": ("ALTER TABLE {own}.outbox ADD COLUMN more text", NO_PRIVILEGE),
    "empty a table of its own": ("TRUNCATE {own}.inbox", NO_PRIVILEGE),
    "make a table in the public schema": ("CREATE TABLE public.more ()", NO_PRIVILEGE),
    "make a schema": ("CREATE SCHEMA more", NO_PRIVILEGE),
    "become the owner": ("SET ROLE {own}_owner", NO_PRIVILEGE),
    "become a neighbour": ("SET ROLE {neighbour}_app", NO_PRIVILEGE),
    "remove a parked message": ("DELETE FROM {own}.parked", NO_PRIVILEGE),
    "reword a parked message": ("UPDATE {own}.parked SET reason = 'nothing'", NO_PRIVILEGE),
    "rewrite who resolved it": ("UPDATE {own}.parked SET resolved_by = 'nobody' WHERE state <> 'parked'", NO_PRIVILEGE),
    "say that a migration was applied": ("INSERT INTO {own}.schema_version VALUES ('mine')", NO_PRIVILEGE),
    "run a program on the server": ("COPY {own}.outbox TO PROGRAM 'cat'", NO_PRIVILEGE),
    "write a file on the server": ("COPY {own}.outbox TO '/tmp/of-a-service'", NO_PRIVILEGE),
    "read a file on the server": ("SELECT pg_read_file('/etc/passwd')", NO_PRIVILEGE),
    "read what passwords are kept as": ("SELECT rolpassword FROM pg_authid", NO_PRIVILEGE),
    "change the server's settings": ("ALTER SYSTEM SET fsync = off", NO_PRIVILEGE),
    "end a neighbour's connection": (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{neighbour}_app'",
        NO_PRIVILEGE,
    ),
    "make a role": ("CREATE ROLE more", NO_PRIVILEGE),
    "keep the server busy for long": ("SELECT pg_sleep(60)", TOOK_TOO_LONG),
}

DISCARDED = """
INSERT INTO {own}.parked (consumer, topic, partition, position, headers, body, reason, state, resolved_at,
                          resolved_by, resolution)
VALUES ('test', 'a.topic', 0, 0, '{{}}', '', 'a reason', 'discarded', now(), 'Ada', 'test data')
"""


@pytest.fixture(scope="module")
async def house(databases):
    """A database with the schemas of every service, as in production, and in each a message that was discarded."""
    name = f"house_{new_id().hex[-12:]}"
    await asyncio.to_thread(roles.create_database, databases.admin, name)
    admin = await asyncpg.connect(roles.with_database(databases.admin, name))
    for service in ALL.values():
        await migrate(service, databases.dsn(f"{service.name}_owner", name))
        await admin.execute(DISCARDED.format(own=service.name))
        # The limit of the role is half a minute; nobody waits for that here.
        await admin.execute(f"ALTER ROLE {service.name}_app IN DATABASE {name} SET statement_timeout = '200ms'")
    neighbours = [await asyncpg.connect(databases.dsn(f"{service}_app", name)) for service in ALL]
    yield name
    for each in (*neighbours, admin):
        await each.close()
    await asyncio.to_thread(roles.drop_database, databases.admin, name)


async def refusal(dsn: str, statement: str) -> str:
    """The code by which the server refuses this; an empty one: it did not."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    finally:
        await connection.close()
    return ""


@pytest.mark.parametrize("what", FORBIDDEN)
@pytest.mark.parametrize("own", ALL)
async def test_a_service_never(databases, house, own, what):
    statement, code = FORBIDDEN[what]
    names = {"own": own, "neighbour": "profiles" if own != "profiles" else "notifications"}
    assert await refusal(databases.dsn(f"{own}_app", house), statement.format(**names)) == code


@pytest.mark.parametrize("own", ALL)
async def test_a_service_never_installs_an_extension(databases, house, own):
    admin = await asyncpg.connect(databases.admin)
    found = await admin.fetchval("SELECT min(name) FROM pg_available_extensions WHERE installed_version IS NULL")
    await admin.close()
    if not found:
        pytest.skip("this server has no extension to install")
    assert await refusal(databases.dsn(f"{own}_app", house), f'CREATE EXTENSION "{found}"') == NO_PRIVILEGE


@pytest.mark.parametrize("role", roles.role_names())
async def test_no_role_enters_another_database(databases, house, role):
    other = f"other_{new_id().hex[-12:]}"
    await asyncio.to_thread(roles.create_database, databases.admin, other, [])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await asyncpg.connect(databases.dsn(role, other))
    finally:
        await asyncio.to_thread(roles.drop_database, databases.admin, other)


@pytest.mark.parametrize("own", ALL)
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {neighbour}.outbox",
        "CREATE TABLE public.more ()",
        "CREATE TABLE {neighbour}.more ()",
        "COPY {own}.outbox TO PROGRAM 'cat'",
        "SET ROLE {neighbour}_owner",
    ],
)
async def test_an_owner_has_rights_in_its_own_schema_only(databases, house, own, statement):
    names = {"own": own, "neighbour": "profiles" if own != "profiles" else "notifications"}
    assert await refusal(databases.dsn(f"{own}_owner", house), statement.format(**names)) == NO_PRIVILEGE


@pytest.mark.parametrize("statement", ["UPDATE policies SET made_by = 'nobody'", "DELETE FROM policies"])
async def test_matching_never_rewrites_a_policy(databases, house, statement):
    assert await refusal(databases.dsn("matching_app", house), statement) == NO_PRIVILEGE


async def test_not_even_the_owner_resolves_a_message_twice(databases, house):
    statement = "UPDATE parked SET state = 'replayed', resolved_by = 'nobody'"
    assert await refusal(databases.dsn("matching_owner", house), statement) == NO_PRIVILEGE
