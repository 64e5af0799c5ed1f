"""A company that lives on a platform of its own, and an outsider who reads what was said there."""

import asyncio
import csv
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from contracts.topics import RELATIONSHIP, TOPICS
from deploy.local.demo.company import write_company
from deploy.local.demo.play import play
from deploy.local.instance import Instance
from deploy.local.logins import client
from deploy.local.ports import Ports
from deploy.local.steps import Steps
from tests.system.planted import EMAIL, NAME

SIZE, SEED = 50, 7
BROKEN = [
    {"person_id": ""},
    {"person_id": "no spaces please"},
    {"person_id": "p-00002"},
    {"name": ""},
    {"email": "nobody"},
    {"time_zone": "Mars/Olympus"},
    {"languages": "klingonese!!"},
    {"country": "XX"},
    {"level": "high"},
    {"level": "16"},
    {"working_hours": "Mon-Fri nine to five"},
    {"roles": "guru"},
    {"mentor_seats": "11"},
    {"skills": "python:9"},
    {"wants": "negotiation"},
    {"style": "pace:6"},
    {"joined_on": "yesterday"},
    {"time_zone": NAME},
    {"languages": EMAIL},
    {"person_id": EMAIL},
]


def write_people(path: Path, *, broken=()) -> list[dict[str, str]]:
    """The company's file, with these broken rows at its end; gives the rows that are whole."""
    write_company(path, size=SIZE, seed=SEED)
    with path.open(encoding="utf-8", newline="") as file:
        whole = list(csv.DictReader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, whole[0].keys())
        for number, fault in enumerate(broken):
            row = whole[10] | {"person_id": f"b-{number}", "email": f"b{number}@corp.example", "manager_id": ""}
            writer.writerow(row | fault)
    return whole


def live(instance: Instance, people: Path, disturb=lambda day: None):
    """One life; `disturb` is called with the number of each day."""
    days = []

    def say(what: str, share: float) -> None:
        if share:
            days.append(what)
            disturb(len(days))

    return asyncio.run(play(instance, people, columns={}, seed=SEED, say=say))


def start(folder: Path, **env: str) -> Instance:
    """A platform with a test clock; more settings of its services by name."""
    env = {"MENTORING_REQUESTS_PER_SECOND": "10000", "MENTORING_WEBHOOKS_PER_SECOND": "1000", **env}
    instance = Instance(folder, ports=Ports.free(), test_clock=True, service_env=env, steps=Steps(quiet=True))
    instance.start(fresh=True)
    return instance


def read_all(places):
    """Every record of every topic, read by a stranger."""
    consumer = Consumer(
        client(",".join(places["kafka"]), places["kafka_admin"]) | {"group.id": "stranger", "enable.auto.commit": False}
    )
    places = [TopicPartition(topic.name, number, 0) for topic in TOPICS for number in range(topic.partitions)]
    consumer.assign(places)
    left = {(p.topic, p.partition): consumer.get_watermark_offsets(p)[1] for p in places}
    left = {place: end for place, end in left.items() if end}
    records = []
    while left:
        message = consumer.poll(5)
        assert message is not None
        records.append(message)
        if message.offset() + 1 == left.get((message.topic(), message.partition())):
            del left[message.topic(), message.partition()]
    consumer.close()
    return records


def headers(record) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers()}


def command(instance, *words: str) -> subprocess.CompletedProcess[bytes]:
    """A command of a service, or of the platform, as `make cli` runs it."""
    local = [sys.executable, "-m", "deploy.local", "run", "--root", str(instance.root)]
    return subprocess.run([*local, *words], capture_output=True, check=False)


def followed_pair(records) -> str:
    """The relationship with the most kinds of events, as the demo chooses it."""
    kinds = defaultdict(set)
    for record in records:
        if record.topic() == RELATIONSHIP.name:
            kinds[record.key().decode()].add(headers(record)["ce_type"])
    return max(kinds, key=lambda pair: len(kinds[pair]))
