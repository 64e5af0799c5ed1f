"""Fixtures that every suite may use. One server of each kind per run; databases are cloned, never cleaned."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from chassis import logs
from chassis.service import Service
from deploy.local import identity, roles
from tests import log_lines
from tests.harness import Databases, World, open_world
from tests.servers import a_kafka, a_postgres


@pytest.fixture(scope="session", autouse=True)
def _logs() -> Iterator[None]:
    """Lines as in production, so that a failing test shows them short; each as `docs/logs.md` says."""
    logs.configure(service="test", instance="test", level="info")
    watched = log_lines.watch()
    yield
    assert watched.wrong == []


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Callable[[str], object]:
    """Writes a line to the terminal, past what captures the tests' output; one worker of several has none."""
    capture = pytestconfig.pluginmanager.get_plugin("capturemanager")
    terminal = pytestconfig.pluginmanager.get_plugin("terminalreporter")

    def line(text: str) -> None:
        if terminal is None:
            return
        with capture.global_and_fixture_disabled():
            terminal.write_line(text)

    return line


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, say: Callable[[str], object]) -> Iterator[str]:
    """An administrator's address of a PostgreSQL server."""
    with a_postgres(tmp_path_factory.mktemp("postgres"), say) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, say: Callable[[str], object]) -> Iterator[str]:
    """The address list of a Kafka broker."""
    with a_kafka(tmp_path_factory.mktemp("kafka"), say) as brokers:
        yield brokers


@pytest.fixture(scope="session")
def databases(postgres: str) -> Iterator[Databases]:
    """Databases on that server, with the services' roles; each service's is migrated once and then cloned."""
    passwords = {role: secrets.token_hex(12) for role in roles.role_names()}
    roles.create_roles(postgres, roles.SERVICES, passwords)
    databases = Databases(postgres, passwords)
    yield databases
    if os.environ.get("DATABASE_URL"):  # another server ends with the run
        databases.drop()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory):
    """A folder with the keys that sign the tests' tokens."""
    folder = tmp_path_factory.mktemp("identity")
    identity.ensure_keys(folder)
    return folder


@pytest.fixture
async def a_world(databases: Databases, keys) -> AsyncIterator[object]:
    """Makes one service on a fresh database: `world = await a_world(SERVICE)`."""
    worlds: list[World] = []

    async def make(service: Service, *, database: str | None = None, **settings: object) -> World:
        """A world; the `database` of an earlier one continues it, as a restarted process would."""
        name = database or await asyncio.to_thread(databases.clone, service)
        worlds.append(await open_world(service, databases, name, keys, settings))
        return worlds[-1]

    yield make
    for world in worlds:
        await world.close()
