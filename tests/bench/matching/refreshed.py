"""How soon a changed profile is in a mentee's shortlist, in a program that keeps them.

    .venv/bin/python -m tests.bench.matching.refreshed PEOPLE SEED

Starts a platform of its own on free ports and stops it. Mentees change their answers about working style, at a steady
rate. It begins with the time of `profile-updated` on Kafka, and ends when the API has answered with the list that holds
it; when to ask is learned from `shortlist-updated`.
"""

import asyncio
import contextlib
import json
import math
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from confluent_kafka import OFFSET_END, Consumer, TopicPartition

from contracts.topics import PERSON, SHORTLIST
from deploy.local.demo.company import STYLE, write_company
from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.instance import Instance
from deploy.local.ports import Ports
from deploy.local.steps import Steps
from tests.bench.api import COORDINATOR, at_a_rate, import_file
from tests.waiting import eventually

RATE, SECONDS = 20, 60
PATIENCE_SECONDS = 10.0
"""After the last change; a list that was not told by then is late, or the same as before."""
PROGRAM = {"name": "Bench", "starts_on": "2027-01-11", "continuous": True, "coordinators": [COORDINATOR]}


@dataclass
class Watch:
    """Reads both topics along, and the list of each mentee whose change is in it."""

    api: PlatformApi
    brokers: str
    program_id: str = ""
    changed: dict[str, float] = field(default_factory=dict)
    """Mentee → when their profile was told; gone when their list was read."""
    seconds: list[float] = field(default_factory=list)

    def begin(self, program_id: str) -> None:
        """What was told so far is not counted."""
        self.program_id = program_id
        self.changed.clear()
        self.seconds.clear()

    async def follow(self) -> None:
        """Until it is cancelled."""
        consumer = Consumer(
            {"bootstrap.servers": self.brokers, "group.id": "bench", "enable.auto.commit": False, "log_level": 0}
        )
        topics = [(topic.name, number) for topic in (PERSON, SHORTLIST) for number in range(topic.partitions)]
        consumer.assign([TopicPartition(*each, OFFSET_END) for each in topics])
        async with asyncio.TaskGroup() as group:
            while True:
                for message in await asyncio.to_thread(consumer.consume, 100, 0.02):
                    body = json.loads(message.value())
                    if message.topic() == PERSON.name:
                        self.changed[body["person_id"]] = message.timestamp()[1] / 1000
                    elif self.program_id and body["mentee_id"] in self.changed:
                        group.create_task(self.read(body["mentee_id"]))

    async def read(self, mentee: str) -> None:
        """Asks for the list; one found before the change was told is not the one."""
        path = f"/v1/people/{mentee}/candidates"
        answer = await self.api.get(mentee, "participant", "matching", path, program=self.program_id)
        now, told = time.time(), self.changed.get(mentee)
        if told is not None and datetime.fromisoformat(answer["as_of"]).timestamp() >= told:
            self.seconds.append(now - self.changed.pop(mentee))


async def measured(instance: Instance, file: Path, seed: int) -> dict[str, Any]:
    """Imports the people, has their lists found and priced, and changes a mentee twenty times a second."""
    await asyncio.to_thread(instance.start, fresh=True)
    places = instance.places()
    api = PlatformApi(places["services"], instance.token)
    brokers = ",".join(places["kafka"])
    quiet, watch = Quiet(api, Observer(brokers), listeners()), Watch(api, brokers)
    following = asyncio.create_task(watch.follow())
    try:
        await import_file(api, await asyncio.to_thread(file.read_bytes))
        await quiet.wait()
        program = await api.post(COORDINATOR, "coordinator", "matching", "/v1/programs", PROGRAM)
        listed = await _listed(quiet)
        watch.begin(program["program_id"])
        luck = random.Random(seed)
        mentees = luck.sample(sorted(listed), min(len(listed), RATE * SECONDS))
        await at_a_rate(RATE, [_change(api, mentee, luck) for mentee in mentees])
        with contextlib.suppress(AssertionError):  # who was not told by then is counted
            await eventually(lambda: len(watch.seconds) == len(mentees), within=PATIENCE_SECONDS)
    finally:
        following.cancel()
        await api.close()
        await asyncio.to_thread(instance.stop)
    cut = statistics.quantiles(watch.seconds, n=100)
    told = {"people": sum(1 for _ in file.open()) - 1, "lists": len(listed), "updates": len(mentees)}
    return told | {"untold": len(watch.changed), "p50": cut[49], "p95": cut[94], "p99": cut[98]}


async def _listed(quiet: Quiet) -> set[str]:
    """Mentees with a list, when for a while no list was told: those found first, and those with the first prices."""
    listed: set[str] = set()
    last = time.monotonic()

    async def silence() -> float:
        nonlocal last
        seen = [each.body for each in await quiet.wait() if each.name == "shortlist-updated"]
        listed.update(body["mentee_id"] for body in seen if body["mentors"])
        last = time.monotonic() if seen or not listed else last
        return time.monotonic() - last

    await eventually(silence, lambda seconds: seconds > PATIENCE_SECONDS, within=math.inf, every=0.5)
    return listed


def _change(api: PlatformApi, mentee: str, luck: random.Random) -> Any:
    style = {question: luck.randint(1, 5) for question in STYLE}

    async def change() -> None:
        await api.send("PATCH", mentee, "participant", "profiles", f"/v1/people/{mentee}", json={"style": style})

    return change


def main(people: int, seed: int) -> None:
    """Tells it in a line of JSON."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        write_company(place / "people.csv", size=people, seed=seed)
        env = {"MENTORING_REQUESTS_PER_SECOND": "10000"}
        instance = Instance(
            place / "platform", ports=Ports.free(), service_env=env, steps=Steps(quiet=True), guarded=False
        )
        print(json.dumps(asyncio.run(measured(instance, place / "people.csv", seed))))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
