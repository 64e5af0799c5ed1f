"""One Kafka and one PostgreSQL for the tests of the local platform itself."""

import pytest

from deploy.local import kafka
from deploy.local.kafka import run_kafka
from deploy.local.postgres import run_postgres


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    kafka.prepare()
    with run_kafka(tmp_path_factory.mktemp("kafka")) as node:
        yield node


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with run_postgres(tmp_path_factory.mktemp("postgres")) as running:
        yield running
