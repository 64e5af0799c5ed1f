"""Real servers for the tests: your own by URL, else containers where an engine answers, else local processes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@cache
def engine_answers() -> bool:
    """Whether a container engine can be reached and is wanted (`LOCAL=process` says it is not)."""
    if os.environ.get("LOCAL") == "process":
        return False
    import docker
    from docker.errors import DockerException

    try:
        return bool(docker.from_env(timeout=2).ping())
    except (DockerException, OSError):
        return False


@contextmanager
def a_postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server; gives an administrator's address."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
    elif engine_answers():
        from testcontainers.community.postgres import PostgresContainer

        with PostgresContainer("postgres:18", driver=None) as server:
            yield server.get_connection_url()
    else:
        from deploy.local.postgres import run_postgres

        with run_postgres(folder) as server:
            yield server.dsn()


@contextmanager
def a_kafka(folder: Path) -> Iterator[str]:
    """A Kafka broker; gives its address list."""
    if brokers := os.environ.get("KAFKA_BROKERS"):
        yield brokers
    elif engine_answers():
        from testcontainers.community.kafka import KafkaContainer

        with KafkaContainer("apache/kafka:4.3.1").with_kraft() as server:
            yield server.get_bootstrap_server()
    else:
        from deploy.local.kafka import prepare, run_kafka

        prepare()
        with run_kafka(folder) as server:
            yield server.bootstrap
