"""The real servers: they start, hold their promises, keep their data and leave nothing behind."""

import dataclasses
import signal
import smtplib
import subprocess
import sys

import asyncpg
import psutil
import pytest
from confluent_kafka.admin import AdminClient

from contracts.topics import TOPICS
from deploy.local import kafka, roles, topics
from deploy.local.children import REPOSITORY, child, free_port, last_lines, wait_until
from deploy.local.orphans import sweep
from deploy.local.postgres import run_postgres
from deploy.local.problems import LocalError
from deploy.local.smtp import is_ready as smtp_is_ready


@pytest.fixture(scope="module")
def database(server):
    passwords = {role: server.password(role) for role in roles.role_names()}
    roles.create_roles(server.dsn(), roles.SERVICES, passwords)
    roles.create_roles(server.dsn(), roles.SERVICES, passwords)
    roles.create_database(server.dsn(), "mentoring")
    return roles.create_database(server.dsn(), "mentoring")


def as_role(server, role, database="mentoring"):
    return asyncpg.connect(server.dsn(role, database))


def test_topics_are_made_once_and_differences_are_said(broker):
    assert topics.create_topics(broker.bootstrap) == []
    assert topics.create_topics(broker.bootstrap) == []
    found = AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=10).topics
    assert {t.name: t.partitions for t in TOPICS}.items() <= {n: len(t.partitions) for n, t in found.items()}.items()
    assert topics.copies(broker.bootstrap) == 1

    wished = dataclasses.replace(TOPICS[0], partitions=9, compacted=False)
    assert topics.create_topics(broker.bootstrap, topics=[wished]) == [
        f"Topic {wished.name} has cleanup.policy=compact, the registry says delete.",
        f"Topic {wished.name} has partitions={TOPICS[0].partitions}, the registry says 9.",
    ]


def test_nobody_answers_where_no_broker_is():
    assert not kafka.is_ready(f"127.0.0.1:{free_port()}")


async def test_an_app_role_changes_rows_of_its_own_schema_only(server, database):
    owner = await as_role(server, "matching_owner")
    await owner.execute("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, text text)")
    await owner.close()
    app = await as_role(server, "matching_app")
    await app.execute("INSERT INTO notes (text) VALUES ('mine')")
    assert await app.fetchval("SELECT text FROM matching.notes") == "mine"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("CREATE TABLE more ()")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("CREATE TABLE public.more ()")
    assert await app.fetchval("SHOW statement_timeout") == "30s"
    assert await app.fetchval("SHOW lock_timeout") == "10s"
    assert await app.fetchval("SHOW idle_in_transaction_session_timeout") == "1min"
    await app.close()


async def test_a_neighbours_schema_is_refused_to_owner_and_app(server, database):
    owner = await as_role(server, "engagement_owner")
    await owner.execute("CREATE TABLE secrets ()")
    await owner.close()
    for role in ("matching_app", "matching_owner", "notifications_app"):
        stranger = await as_role(server, role)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await stranger.execute("SELECT * FROM engagement.secrets")
        await stranger.close()


async def test_a_stranger_and_a_wrong_password_stay_outside(server, database):
    admin = await asyncpg.connect(server.dsn())
    await admin.execute("CREATE ROLE stranger LOGIN PASSWORD 'x'")
    await admin.close()
    address = {"host": "127.0.0.1", "port": server.port, "database": "mentoring"}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(**address, user="stranger", password="x")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(**address, user="matching_app", password="wrong")


async def test_an_administrator_who_is_no_superuser_is_enough(server):
    admin = await asyncpg.connect(server.dsn())
    await admin.execute("CREATE ROLE house LOGIN CREATEROLE CREATEDB PASSWORD 'x'")
    await admin.close()
    dsn = roles.with_role(server.dsn(), "house", "x")
    roles.create_roles(dsn, ["garden"], {"garden_owner": "a", "garden_app": "b"})
    roles.create_database(dsn, "plants", ["garden"])
    owner = await asyncpg.connect(roles.with_role(roles.with_database(dsn, "plants"), "garden_owner", "a"))
    await owner.execute("CREATE TABLE roses ()")
    await owner.close()


async def test_a_clone_has_the_tables_and_the_same_doors(server, database):
    owner = await as_role(server, "profiles_owner")
    await owner.execute("CREATE TABLE people (id text)")
    await owner.close()
    roles.create_database(server.dsn(), "clone", template="mentoring")
    app = await as_role(server, "profiles_app", "clone")
    await app.execute("INSERT INTO people VALUES ('p-1')")
    await app.close()
    roles.drop_database(server.dsn(), "clone")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await as_role(server, "profiles_app", "clone")


async def test_a_start_cut_short_is_begun_anew_and_data_is_kept(tmp_path):
    leftover = tmp_path / "pg" / "data.new"
    leftover.mkdir(parents=True)
    (leftover / "half").touch()
    for expected in (None, 1):
        with run_postgres(tmp_path / "pg") as again:
            connection = await asyncpg.connect(again.dsn())
            if expected is None:
                await connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
            assert await connection.fetchval("SELECT n FROM kept") == 1
            await connection.close()
        assert again.pid() is None
    assert (tmp_path / "pg" / "passwords.json").stat().st_mode & 0o077 == 0


def test_a_server_dies_with_its_parent(tmp_path):
    program = (
        "import sys; from deploy.local.postgres import run_postgres\n"
        f"with run_postgres({str(tmp_path)!r}) as s: print(s.pid(), flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not _lives(pid), within=20, what="The server's end")
    parent.stdin.close()
    parent.stdout.close()


def test_a_server_that_cannot_start_shows_its_log(tmp_path, server):
    with pytest.raises(LocalError, match="Address already in use"), run_postgres(tmp_path, server.port):
        pass


def test_a_lost_process_is_recognised_by_its_mark(tmp_path):
    env = {"MENTORING_LOCAL_INSTANCE": str(tmp_path)}
    with child([sys.executable, "-c", "import time; time.sleep(600)"], log=tmp_path / "log", env=env) as process:
        wait_until(lambda: _marked(process.pid, env), within=5, what="The process")
        assert sweep(str(tmp_path / "other")) == []
        assert [name.endswith(f"({process.pid})") for name in sweep(str(tmp_path))] == [True]
        assert not _lives(process.pid)


def test_letters_are_kept_as_they_came_and_refusals_can_be_tried(tmp_path):
    port, folder, log = free_port(), tmp_path / "letters", tmp_path / "log"
    command = [sys.executable, "-m", "deploy.local", "smtp", "--port", str(port), "--letters", str(folder)]
    letter = b"From: a@x.example\r\nMessage-ID: <1@x>\r\nSubject: hi\r\n\r\n.dot\r\n\xc3\xbc\r\n"
    with child(command, log=log) as process:
        wait_until(
            lambda: smtp_is_ready(port), within=20, what="SMTP",
            died=lambda: last_lines(log) if process.poll() is not None else None,
        )  # fmt: skip
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("a@x.example", ["b@x.example"], letter)
            client.sendmail("a@x.example", ["b@x.example"], letter)
            assert _refusal(client, "c@refused.example") == 550
            assert _refusal(client, "c@busy.example") == 451
    kept = sorted(folder.iterdir())
    assert [path.suffix for path in kept] == [".eml", ".eml"]
    assert [path.read_bytes() for path in kept] == [letter, letter]
    assert len({path.stem.partition("-")[2] for path in kept}) == 1
    assert process.returncode == 0


def _refusal(client, address):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail("a@x.example", [address], "x")
    return refused.value.recipients[address][0]


def _lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _marked(pid: int, env: dict[str, str]) -> bool:
    return env.items() <= psutil.Process(pid).environ().items()
