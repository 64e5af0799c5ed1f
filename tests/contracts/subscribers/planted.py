"""What the tests of the clients tell on Kafka, and a client with a place of its own."""

import json
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from uuid import uuid4

from confluent_kafka import Producer

from deploy.subscribers.clients import Client

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests/contracts/golden"
PROPOSED = json.loads((GOLDEN / "mentoring.match-proposed.v1.json").read_text())
PREFIX = "matching.match-"


@dataclass
class Topic:
    """A topic of its own for one test."""

    name: str
    producer: Producer

    def tell(self, key: str, sequence: int, *, event_id: str | None = None) -> str:
        event_id = event_id or str(uuid4())
        headers = {**PROPOSED["headers"], "ce_id": event_id, "ce_sequence": str(sequence), "ce_subject": key}
        body = {
            **PROPOSED["body"],
            "policy_version": sequence,
            "origin": "a-new-one",
            "added_later": [1],
        }
        self.put(key, json.dumps(body), headers)
        return event_id

    def put(self, key: str, value: str | None, headers: dict[str, str] | None = None) -> None:
        self.producer.produce(self.name, value, key, headers=list((headers or {}).items()))


@dataclass
class Subscriber:
    """A client with a place of its own, that reads as the subscribers' user."""

    client: Client
    folder: Path
    name: str
    options: tuple[str, ...]
    env: dict[str, str]

    def start(self, *more: str) -> subprocess.Popen[str]:
        """Reads until it is stopped, or for two minutes: a client that says nothing shall not hold up the tests."""
        command = [*self.client.command, "--name", self.name, *self.options, *more]
        reading = subprocess.Popen(
            command, cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        watch = Timer(120, reading.kill)
        watch.daemon = True
        watch.start()
        return reading

    def read(self) -> list[str]:
        """The lines of a run that goes to the end."""
        reading = self.start("--until-end")
        out, err = reading.communicate()
        assert reading.returncode == 0, err
        return out.splitlines()

    def rows(self, sql: str) -> list[tuple]:
        return sqlite3.connect(self.folder / f"{self.name}.db").execute(sql).fetchall()
