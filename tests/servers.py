"""Real servers for the tests: your own by URL, else containers where an engine answers, else local processes.

Images and settings of the containers are those of `deploy/local/compose.yaml`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

Say = Callable[[str], object]
COMPOSE = Path(__file__).parent.parent / "deploy" / "local" / "compose.yaml"
KAFKA_PORT = 18092
ADDRESS = "/tmp/address"  # noqa: S108 - inside the container
START_KAFKA = (
    f"until [ -s {ADDRESS} ]; do sleep 0.1; done; "
    f'KAFKA_ADVERTISED_LISTENERS="PLAINTEXT://$(cat {ADDRESS}),INTERNAL://localhost:9092" exec /etc/kafka/docker/run'
)


@contextmanager
def a_postgres(folder: Path, say: Say = print) -> Iterator[str]:
    """A PostgreSQL server; gives an administrator's address."""
    if url := os.environ.get("DATABASE_URL"):
        say(f"PostgreSQL: your own at {urlsplit(url).netloc.rpartition('@')[2]} (DATABASE_URL)")
        yield url
    elif _contained("PostgreSQL", "postgres", say):
        from testcontainers.community.postgres import PostgresContainer

        part = _part("postgres")
        container = PostgresContainer(part["image"], driver=None).with_command(part["command"])
        with container.with_env("POSTGRES_INITDB_ARGS", part["environment"]["POSTGRES_INITDB_ARGS"]) as server:
            yield server.get_connection_url()
    else:
        from deploy.local.postgres import run_postgres

        with run_postgres(folder) as server:
            yield server.dsn()


@contextmanager
def a_kafka(folder: Path, say: Say = print) -> Iterator[str]:
    """A Kafka broker; gives its address list."""
    if brokers := os.environ.get("KAFKA_BROKERS"):
        say(f"Kafka: your own at {brokers} (KAFKA_BROKERS)")
        yield brokers
    elif _contained("Kafka", "kafka", say):
        with _kafka_container() as server:
            yield _tell_its_address(server)
    else:
        from deploy.local.kafka import prepare, run_kafka

        prepare()
        with run_kafka(folder) as server:
            yield server.bootstrap


def _part(name: str) -> dict[str, Any]:
    """What the compose file says of one server."""
    return yaml.safe_load(COMPOSE.read_text())["services"][name]


def _kafka_container() -> "DockerContainer":
    """Kafka that waits for its address: the port on this side is known only once the container runs.

    The library's own Kafka class starts another vendor's image.
    """
    from testcontainers.core.container import DockerContainer

    part = _part("kafka")
    container = DockerContainer(part["image"]).with_envs(**part["environment"])
    return container.with_exposed_ports(KAFKA_PORT).with_command(["sh", "-c", START_KAFKA])


def _tell_its_address(server: "DockerContainer") -> str:
    """Lets Kafka go on, waits until it serves, and gives the address that it advertises."""
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    address = f"{server.get_container_host_ip()}:{server.get_exposed_port(KAFKA_PORT)}"
    server.exec(["sh", "-c", f"echo {address} > {ADDRESS}"])
    LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(120).wait_until_ready(server)
    return address


def _contained(what: str, name: str, say: Say) -> bool:
    """Whether this server comes from a container; says which way it is, and why."""
    image = _part(name)["image"]
    if os.environ.get("LOCAL") == "processes":
        why = "LOCAL=processes"
    elif not _engine_answers():
        why = "no container engine answers"
    elif not _had(image, say):
        why = f"the image {image} cannot be had"
    else:
        _reap_if_possible(say)
        say(f"{what}: a container of {image}")
        return True
    say(f"{what}: a local process ({why})")
    return False


@cache
def _engine_answers() -> bool:
    """Whether a container engine answers at once."""
    from docker.errors import DockerException
    from testcontainers.core.docker_client import DockerClient

    try:
        return bool(DockerClient(timeout=2).client.ping())
    except (DockerException, OSError):
        return False


@cache
def _had(image: str, say: Say) -> bool:
    """Whether the engine has the image, or can get it."""
    from docker.errors import DockerException, ImageNotFound
    from testcontainers.core.config import testcontainers_config as config
    from testcontainers.core.docker_client import DockerClient

    images = DockerClient().client.images
    try:
        images.get(config.hub_image_name_prefix + image)
    except ImageNotFound:
        say(f"Getting {image} …")
        try:
            images.pull(config.hub_image_name_prefix + image)
        except (DockerException, OSError):
            return False
    return True


def _reap_if_possible(say: Say) -> None:
    """Leaves out the container that cleans up after a killed run, where its image cannot be had."""
    from testcontainers.core.config import testcontainers_config as config

    config.ryuk_disabled = config.ryuk_disabled or not _had(config.ryuk_image, say)
