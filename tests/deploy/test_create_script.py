"""The commands for a Kafka of one's own, run with tools that only note what they are asked."""

import os
import subprocess
from pathlib import Path

import pytest

from contracts.topics import TOPICS
from deploy.k8s_check import kafka_texts


def _topics_asked_for(folder: Path, **said: str) -> list[str]:
    noted = folder / "noted"
    for tool in ("kafka-topics.sh", "kafka-acls.sh"):
        program = folder / tool
        program.write_text(f'#!/bin/sh\necho "{tool} $*" >> "{noted}"\n')
        program.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    told = {"PATH": path, "BOOTSTRAP": "kafka:9093", "CONFIG": "admin.properties", **said}
    subprocess.run(["sh", "-c", kafka_texts.create_script()], env=told, check=True)
    return [line for line in noted.read_text().splitlines() if line.startswith("kafka-topics.sh")]


@pytest.mark.parametrize(("said", "copies", "written"), [({}, 3, 2), ({"REPLICAS": "1"}, 1, 1)])
def test_topics_get_as_many_copies_as_there_are_brokers_for(
    tmp_path: Path, said: dict[str, str], copies: int, written: int
) -> None:
    asked = _topics_asked_for(tmp_path, **said)
    assert len(asked) == len(TOPICS)
    for line in asked:
        assert f"--replication-factor {copies} " in line
        assert f"--config min.insync.replicas={written} " in line
