"""What the page promises of a restore, one sentence of it a function."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx

from contracts.topics import CONTACT, TOPICS
from deploy.local.demo.platform_api import Refused
from deploy.local.roles import SERVICES
from tests.faults.restored.company import COORDINATOR, Company
from tests.faults.restored.drill import Drill
from tests.waiting import eventually

NOT_THERE = 404


async def says_so(drill: Drill) -> None:
    """Each service logs it, counts it and answers when it is asked."""
    said = await asyncio.gather(*(drill.command(name, "told-before", "status") for name in SERVICES))
    for name, sentence in zip(SERVICES, said, strict=True):
        assert "database.went_back" in drill.said(name)
        assert sentence.startswith("This database went back: "), sentence
    (matching,) = drill.procs["matching"]

    async def counted() -> bool:
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{matching.url}/metrics")).text
        return any(
            line.startswith("mentoring_told_before_events ") and float(line.split()[1]) for line in text.split("\n")
        )

    await eventually(counted, within=20)


async def keeps_what_was_told(drill: Drill, company: Company) -> None:
    """Answers to offers, agreements, meetings and leavings that others have heard of are as they were."""
    states = [(await _match(drill, each["match_id"]))["state"] for each in company.matches[:5]]
    assert states == ["accepted", "accepted", "declined", "proposed", "withdrawn"]
    pair = await drill.api.get(COORDINATOR, "coordinator", "engagement", f"/v1/relationships/{company.pair}")
    assert pair["signed_at"], pair
    assert [each["id"] for each in pair["meetings"]] == [company.meeting]
    left = await drill.api.get("hr-directory", "system", "profiles", f"/v1/people/{company.leaver}")
    assert left["left_on"], left


async def has_lost_the_rest(drill: Drill, company: Company) -> None:
    """What was told to nobody, and what only the lost state could stand for."""
    first_yes = await _match(drill, company.matches[3]["match_id"])
    assert set(first_yes["undecided"]) == {first_yes["mentee_id"], first_yes["mentor_id"]}
    dreamer = await drill.api.get(company.dreamer, "participant", "profiles", f"/v1/people/{company.dreamer}")
    assert not dreamer["goals"].startswith("to be forgotten")
    path = f"/v1/people/{company.bystander}/preferences"
    assert not (await drill.api.get(company.bystander, "participant", "notifications", path))["digest_only"]
    for service, role, path in (
        *(("profiles", "system", f"/v1/people/{each}") for each in company.newcomers),
        ("matching", "coordinator", f"/v1/programs/{company.second_program}"),
        ("matching", "coordinator", f"/v1/matches/{company.request}"),
    ):
        assert await _refused(drill, role, service, path) == NOT_THERE, path
    pairs = await drill.api.every("coordinator", COORDINATOR, "engagement", "/v1/relationships", status="closed")
    assert [each["match_id"] for each in pairs] == [company.request]


def lost_for_good(company: Company, listed: Sequence[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """What the commands after the instant have told and a restored platform is not: by type and key."""
    told = Counter((row["type"].split(".")[1], row["key"]) for row in listed)
    known = {str(each["match_id"]) for each in company.matches}
    # Offers made after the instant: the one that somebody asked for, and the successor of the one that was declined.
    new = {key for kind, key in told if kind == "match-proposed"} - known
    assert company.request in new
    assert len(new) <= 1 + len(company.matches)
    dreams = ("profile-updated", company.dreamer)
    offers = {place: count for place, count in told.items() if place[1] in new}
    return Counter({dreams: told[dreams], ("program-opened", company.second_program): 1, **offers})


async def writes_no_letter_twice(drill: Drill, sent: Counter[str]) -> None:
    """Each letter that went out before the restore stays the only one of its cause."""
    now = Counter(drill.letters())
    assert {letter: count for letter, count in now.items() if count > 1} == {}
    assert sent <= now
    assert await drill.broken_letters_since(set(sent)) == []


async def agrees_with_its_subscriber(drill: Drill) -> None:
    """Who reads along by the guide shows the last event of each story, and people as their owner has them."""
    shown = await drill.subscribe()
    for topic in TOPICS:
        if topic is CONTACT:
            continue
        last: dict[str, int] = {}
        for record in await drill.records(topic.name):
            last[record.key] = max(record.sequence, last.get(record.key, 0))
        assert {key: number for (name, key), (number, _) in shown.items() if name == topic.name} == last
    rows = await drill.sql("SELECT person_id, profile::text FROM profiles.people WHERE NOT gone")
    people = {key: body for (name, key), (_, body) in shown.items() if name == "profiles.person.v1"}
    assert {key: people[key] for key, _ in rows} == {key: json.loads(profile) for key, profile in rows}


async def _match(drill: Drill, match_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await drill.api.get(COORDINATOR, "coordinator", "matching", f"/v1/matches/{match_id}")
    return found


async def _refused(drill: Drill, role: str, service: str, path: str) -> int:
    try:
        await drill.api.get(COORDINATOR, role, service, path)
    except Refused as refused:
        return refused.status
    return 200
