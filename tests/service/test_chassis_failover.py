"""Several places to look for PostgreSQL: the one that writes is found, whatever has become of the others."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from chassis import db
from tests.builders import a_service


@pytest.fixture
def dsn(databases):
    return databases.dsn("notifications_app", databases.clone(a_service()))


@pytest.fixture
async def silent():
    """A port that takes connections and never answers, as a machine does that has just vanished."""
    over = asyncio.Event()

    async def say_nothing(_reader, writer):
        await over.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    over.set()
    server.close()


def among(dsn: str, *ports: int) -> str:
    """The same address with these ports to try before its own."""
    parts = urlsplit(dsn)
    user, _, own = parts.netloc.rpartition("@")
    hosts = ",".join([*(f"127.0.0.1:{port}" for port in ports), own])
    return urlunsplit(parts._replace(netloc=f"{user}@{hosts}", query="target_session_attrs=read-write"))


async def test_a_silent_host_does_not_hide_the_one_that_answers(dsn, silent, monkeypatch):
    monkeypatch.setattr(db, "CONNECT_TIMEOUT", 0.5)
    pool = await db.open_pool(among(dsn, silent), size=2, name="test")
    assert await pool.fetchval("SELECT 1") == 1
    await pool.close()
    connection = await db.open_connection(among(dsn, silent), name="test")
    await connection.close()


async def test_who_has_answered_once_is_asked_first_the_next_time(dsn, silent, monkeypatch):
    monkeypatch.setattr(db, "CONNECT_TIMEOUT", 1.0)
    await (await db.open_connection(among(dsn, silent), name="test")).close()
    async with asyncio.timeout(0.8):
        await (await db.open_connection(among(dsn, silent), name="test")).close()


async def test_a_closed_port_does_not_hide_the_one_that_answers(dsn, unused_tcp_port):
    connection = await db.open_connection(among(dsn, unused_tcp_port), name="test")
    await connection.close()


async def test_a_wrong_password_is_said_and_not_looked_for_elsewhere(dsn, silent):
    parts = urlsplit(dsn)
    wrong = urlunsplit(parts._replace(netloc=parts.netloc.replace(parts.password, "wrong")))
    with pytest.raises(asyncpg.InvalidPasswordError):
        await db.open_connection(wrong, name="test")
    user, _, own = urlsplit(wrong).netloc.rpartition("@")
    both = urlunsplit(urlsplit(wrong)._replace(netloc=f"{user}@{own},127.0.0.1:{silent}"))
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncio.wait_for(db.open_connection(both, name="test"), 2)
