"""A service as a process of its own on a world's database: what a fuzzer or a rude client talks to."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import SecretStr

from chassis.settings import PREFIX, Settings
from deploy.local import identity
from deploy.local.children import child, free_port, is_listening, last_lines
from tests.harness import World
from tests.waiting import eventually

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Served:
    """One running process."""

    port: int
    pid: int
    log: Path
    keys: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """Resident megabytes."""
        return psutil.Process(self.pid).memory_info().rss / MEGABYTE

    def token(self, role: str, subject: str = "somebody", *, scopes: tuple[str, ...] = ()) -> str:
        """A bearer token that it takes."""
        return identity.issue(self.keys, subject, [role], scopes=scopes, minutes=600)

    def is_alive(self) -> bool:
        return psutil.pid_exists(self.pid) and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE


@asynccontextmanager
async def served(world: World, log: Path, *, role: str = "api", **settings: object) -> AsyncIterator[Served]:
    """Serves the world's database; by default without a consumer, so no Kafka is needed."""
    port = free_port()
    env = environment(world.running.settings) | {PREFIX + name.upper(): str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", f"services.{world.service.name}", "serve", "--role", role, "--port", str(port)]
    with child(command, log=log, env=env) as process:
        await eventually(lambda: is_listening(port) or process.poll() is not None, within=60)
        assert process.poll() is None, last_lines(log)
        yield Served(port, process.pid, log, world.keys)
        assert process.poll() is None, last_lines(log)


def environment(settings: Settings) -> dict[str, str]:
    """The same settings as variables."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    return {PREFIX + name.upper(): _text(value) for name, value in given.items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
