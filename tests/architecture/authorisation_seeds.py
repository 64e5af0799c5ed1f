"""For each service: things of one person, made as she would make them, and valid bodies for its routes."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from contracts.matching import Cadence, MatchAccepted, MatchProposed, Policy, ProgramOpened, Terms
from contracts.profiles import ContactUpdated, ProfileUpdated, Skill, Want
from tests.harness import MONDAY, World

ANNA, MARK, BEN = "anna", "mark", "ben"
"""Whose things they are; who has to do with them; and who has not."""
SLOT = {"starts_at": (MONDAY + timedelta(days=20)).isoformat(), "channel": "video"}
WISH = {"rhythm": "weekly", "channel": "video", "focus": ["sql"], "weeks": 12}
PERSON = {"name": "A", "email": "a@corp.example", "time_zone": "Europe/Berlin", "languages": ["en"]}


@dataclass
class Seed:
    """Anna's things."""

    ids: dict[str, str]
    """For each path parameter, what of hers fits there."""
    bodies: dict[tuple[str, str], Any] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    shared: dict[tuple[str, str], str] = field(default_factory=dict)
    """Routes that answer everybody alike, and why that is right."""


def profile(person_id: str) -> ProfileUpdated:
    """Somebody whom everybody else suits."""
    return ProfileUpdated(
        person_id=person_id,
        roles=("mentor",) if person_id == MARK else ("mentee",),
        mentor_seats=2,
        level=5,
        team=f"of {person_id}",
        time_zone="Europe/Berlin",
        languages=("en",),
        working_hours=("Mon-Fri 09:00-17:00",),
        skills=(Skill(skill="sql", level=4, teach=True),) if person_id == MARK else (),
        wants=() if person_id == MARK else (Want(skill="sql", level=3),),
        goals="lead a team",
        style={"pace": 3},
    )


async def ok(answer: Any) -> Any:
    """What was answered, if it is a success."""
    assert answer.status_code < 300, answer.text
    return answer.json()


async def profiles(world: World) -> Seed:
    """She is in the directory."""
    for person in (ANNA, BEN):
        path = f"/v1/people/{person}"
        await ok(await world.client("system").put(path, json=PERSON | {"email": f"{person}@corp.example"}))
    path = "/v1/people/{person_id}"
    whole = PERSON | {"email": f"{ANNA}@corp.example", "goals": "new ones"}
    return Seed({"person_id": ANNA}, {("PUT", path): whole, ("PATCH", path): {"goals": "other ones"}})


async def matching(world: World) -> Seed:
    """She has asked Mark to be her mentor."""
    await world.hear(*map(profile, (ANNA, MARK, BEN)))
    program = {"name": "Spring", "starts_on": "2027-01-11"}
    program_id = (await ok(await world.client("coordinator", "c-1").post("/v1/programs", json=program)))["program_id"]
    asked, choices = {"program_id": program_id, "mentor_id": MARK}, "/v1/programs/{program_id}/choices"
    match = await ok(await world.client("participant", ANNA).post("/v1/matches", json=asked))
    return Seed(
        {
            "match_id": match["match_id"],
            "person_id": ANNA,
            "mentee_id": ANNA,
            "mentor_id": MARK,
            "program_id": program_id,
        },
        {
            ("POST", "/v1/matches"): asked,
            ("POST", "/v1/matches/{match_id}/decline"): {"reason": "no time"},
            ("PUT", f"{choices}/{{mentor_id}}"): {"rank": 1},
        },
        {"program": program_id},
        {
            ("GET", "/v1/programs"): "open programs are for everybody to see",
            ("GET", "/v1/programs/{program_id}"): "open programs are for everybody to see",
            ("POST", "/v1/matches"): "everybody asks for themselves: the mentee is who calls",
            ("GET", choices): "everybody reads their own choices: the mentee is who calls",
            ("PUT", f"{choices}/{{mentor_id}}"): "everybody chooses for themselves: the mentee is who calls",
            ("DELETE", f"{choices}/{{mentor_id}}"): "everybody chooses for themselves: the mentee is who calls",
        },
    )


async def engagement(world: World) -> Seed:
    """She and Mark are a pair, with a meeting and a check-in to answer."""
    policy = Policy(name="Spring", starts_on=MONDAY.date(), coordinators=("c-1",))
    started = MatchAccepted(
        match_id=uuid4(),
        program_id=uuid4(),
        mentee_id=ANNA,
        mentor_id=MARK,
        terms=Terms(
            starts_on=MONDAY.date(),
            length_weeks=12,
            cadence=Cadence(),
            mentee_time_zone="Europe/Berlin",
            mentor_time_zone="Europe/Berlin",
        ),
    )
    opened = ProgramOpened(program_id=started.program_id, policy_version=1, policy=policy)
    await world.hear(*map(profile, (ANNA, MARK, BEN)), opened, started)
    anna = world.client("participant", ANNA)
    (pair,) = (await ok(await anna.get("/v1/relationships")))["items"]
    meetings = f"/v1/relationships/{pair['id']}/meetings"
    meeting = await ok(await anna.post(meetings, json=SLOT))
    await world.clock.set(MONDAY + timedelta(days=14, hours=8))
    await world.fire_timers()
    checkin = (await ok(await anna.get("/v1/checkins")))["items"][0]
    return Seed(
        {
            "relationship_id": pair["id"],
            "meeting_id": meeting["id"],
            "checkin_id": checkin["id"],
            "task_id": str(uuid4()),
        },
        {
            ("PUT", "/v1/relationships/{relationship_id}/agreement"): WISH,
            ("POST", "/v1/relationships/{relationship_id}/meetings"): SLOT,
            ("PUT", "/v1/meetings/{meeting_id}"): SLOT,
            ("POST", "/v1/checkins/{checkin_id}/answer"): {"pulse": 4, "private": "between us"},
        },
    )


async def notifications(world: World) -> Seed:
    """She is written to."""
    await world.hear(profile(ANNA), ContactUpdated(person_id=ANNA, name="Anna", email="anna@corp.example"))
    await world.hear(profile(BEN), ContactUpdated(person_id=BEN, name="Ben", email="ben@corp.example"))
    await world.hear(MatchProposed.example().model_copy(update={"mentee_id": ANNA, "mentor_id": MARK}))
    path = "/v1/people/{person_id}/preferences"
    return Seed({"person_id": ANNA}, {("PUT", path): {"digest_only": True}})


async def webhooks(world: World) -> Seed:
    """Nothing here is hers: receivers are for administrators and system accounts."""
    await world.hear(profile(ANNA), profile(BEN))
    return Seed({})


SEEDS = {
    "profiles": profiles,
    "matching": matching,
    "engagement": engagement,
    "notifications": notifications,
    "webhooks": webhooks,
}
