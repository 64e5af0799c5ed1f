"""Bodies that mean harm: each is refused with a problem that names the way out, soon, and the next caller is served."""

import importlib
import json
import re
import time
from uuid import uuid4

import pytest

from tests.architecture.authorisation_seeds import PERSON
from tests.faults.extent import FULL
from tests.fuzz.hostile import bodies
from tests.fuzz.seeds import SUBJECTS, seed

SERVICES = ("profiles", "matching", "engagement", "notifications", "webhooks")
PROGRAM = {
    "name": "Spring", "purpose": "", "starts_on": "2027-01-11", "length_weeks": 12, "coordinators": ["c-1"],
    "functions": ["engineering"], "rules": {"same_team": True, "seniority_gap": [0, 3]}, "weights": {},
    "meeting_every_days": 14, "offer_working_days": 3, "agreement_days": 7, "checkin_days": [14, 45],
    "checkin_every_days": 45, "checkin_grace_days": 2,
}  # fmt: skip
SUBSCRIPTION = {
    "url": "http://127.0.0.1:9/hook", "owner_id": "p-1", "description": "", "per_second": 5,
    "event_types": ["mentoring.match-accepted.v1"],
    "filter": {"program_ids": [str(uuid4())], "person_ids": ["p-1"], "subjects": ["p-1"]},
}  # fmt: skip
COST = 1.0
"""Seconds of this process that even the worst body may cost."""
LARGEST_ANSWER = 65_536
VALID = {
    "ProgramBody": PROGRAM,
    "WhatIfBody": PROGRAM | {"run_id": None},
    "AskBody": {"program_id": str(uuid4()), "mentor_id": "mark"},
    "DeclineBody": {"reason": "no time"},
    "ChoiceBody": {"rank": 1},
    "RulingBody": {"verdict": "forbidden"},
    "PersonBody": PERSON | {"level": 3, "mentor_seats": 1, "skills": [], "style": {"pace": 3}, "left_on": None},
    "PersonChange": {"level": 3, "goals": "", "wants": [{"skill": "sql", "level": 2}], "avoid": [], "roles": []},
    "SlotBody": {"starts_at": "2027-01-25T10:00:00Z", "length_minutes": 60, "channel": "video"},
    "Wish": {"rhythm": "weekly", "channel": "video", "focus": ["sql"], "weeks": 12},
    "AnswerBody": {"pulse": 4, "went_well": "", "missing": "", "private": ""},
    "PreferencesView": {"language": None, "digest_only": False, "muted": []},
    "NewSubscription": SUBSCRIPTION,
    "ChangedSubscription": SUBSCRIPTION,
    "ReplayBody": {"from": "2027-01-11T08:00:00Z"},
    "RotationBody": {"overlap_hours": 24},
    "NewTime": {"now": "2027-02-01T09:00:00Z"},
}


def operations(document):
    """Every route that takes JSON: method, path, roles, a valid body."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                named = re.search(r"schemas/(\w+)", json.dumps(content))
                yield method.upper(), path, operation["x-roles"], VALID[named[1]]


@pytest.fixture(params=SERVICES)
async def target(request, a_world):
    """A service with things in it: a client for each role, its routes, known ids."""
    world = await a_world(importlib.import_module(f"services.{request.param}.__main__").SERVICE)
    known = await seed(world)
    clients = {role: world.client(role, subject) for role, subject in SUBJECTS.items()}
    document = (await world.anonymous().get("/openapi.json")).json()
    return clients, list(operations(document)), known


async def test_hostile_bodies_are_refused_in_good_time_with_a_way_out(target):
    clients, routes, known = target
    found, sent = [], 0
    for method, path, roles, valid in routes:
        address = re.sub(r"{(\w+)}", lambda found: known.path[found[1]][0], path)
        for name, body in bodies(valid, everywhere=FULL):
            begun = time.process_time()
            headers = {"Content-Type": "application/json"}
            answer = await clients[roles[0]].request(method, address, content=body, headers=headers)
            sent += 1
            wrong = "; ".join(faults_of(answer, time.process_time() - begun))
            found += [f"{method} {path}, {name}: {wrong}"] if wrong else []
    assert not found, "\n".join(found)
    assert sent >= 50


def faults_of(answer, seconds):
    if answer.status_code >= 500:
        yield f"{answer.status_code} {answer.text[:200]}"
    if seconds > COST:
        yield f"cost {seconds:.1f} s"
    if len(answer.content) > LARGEST_ANSWER:
        yield f"an answer of {len(answer.content)} bytes"
    is_problem = answer.headers["content-type"] == "application/problem+json"
    if answer.status_code >= 400 and not (is_problem and len(answer.json()["detail"]) > 10):
        yield f"no problem: {answer.text[:200]}"
