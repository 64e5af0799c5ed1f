"""What a service counts: once, after the commit, by type; and without a word of whom it is about."""

import re

import pytest
from prometheus_client import REGISTRY

from chassis import sampling, schema, timers
from chassis.consumer import on
from chassis.envelope import new_id
from contracts.matching import MatchProposed
from tests.builders import a_service
from tests.harness import MONDAY

PERSON = "p-planted-4711"
KIND = MatchProposed.event_type()
failing = set()


async def hear(tx, event, *, now):
    if event.score == 0:
        raise ValueError("nothing to hear")


async def ring(tx, key, *, now):
    if key in failing:
        raise ValueError("not today")


SERVICE = a_service(hears=(on(MatchProposed, hear),), timers=(timers.at("rings", ring),))


def an_offer(score=1, match_id=None):
    told = {"match_id": match_id or new_id(), "score": score, "mentee_id": PERSON}
    return MatchProposed.example().model_copy(update=told)


def value(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0.0


def handled(outcome):
    return value("mentoring_events_handled_total", type=KIND, outcome=outcome)


@pytest.fixture
async def world(a_world):
    return await a_world(SERVICE)


async def test_an_event_counts_as_handled_once_and_then_as_a_duplicate(world):
    before = handled("handled"), handled("duplicate"), value("mentoring_event_age_seconds_count", type=KIND)
    (event_id,) = await world.hear(offer := an_offer())
    await world.hear(offer, event_id=event_id)
    after = handled("handled"), handled("duplicate"), value("mentoring_event_age_seconds_count", type=KIND)
    assert [new - old for old, new in zip(before, after, strict=True)] == [1, 1, 1]


async def test_a_parked_story_counts_its_first_message_and_those_behind_it(world):
    before, match_id = handled("parked"), new_id()
    await world.hear(an_offer(0, match_id), an_offer(1, match_id), parks=True)
    assert handled("parked") - before == 2


async def test_a_timer_that_is_put_off_stays_late_until_it_fires(world):
    failing.add("a")
    async with world.running.database.transaction() as tx:
        await timers.set(tx, "rings", "a", MONDAY)
    before = value("mentoring_timers_failed_total", kind="rings")
    await world.fire_timers()
    await world.clock.set(MONDAY.replace(hour=10))
    await sampling._look(world.running)
    assert value("mentoring_timers_failed_total", kind="rings") - before >= 1
    assert (value("mentoring_timers_due_timers"), value("mentoring_timers_late_seconds")) == (1, 3600)
    failing.clear()
    await world.pool.execute("UPDATE timers SET not_before = NULL")
    await world.fire_timers()
    await sampling._look(world.running)
    assert (value("mentoring_timers_due_timers"), value("mentoring_timers_late_seconds")) == (0, 0)
    assert value("mentoring_timer_fired_late_seconds_sum", kind="rings") >= 3600


async def test_a_service_whose_schema_is_older_than_its_code_says_that_it_is_not_ready(world, monkeypatch):
    await sampling._look(world.running)
    assert value("mentoring_ready") == 1
    monkeypatch.setattr(schema, "needed", lambda _: ("of_tomorrow_0001",))
    await sampling._look(world.running)
    assert value("mentoring_ready") == 0


async def test_metrics_tell_nothing_of_whom_they_are_about(world):
    await world.hear(an_offer(), an_offer(0), parks=True)
    caller = world.client("participant", PERSON)
    await caller.get(f"/v1/people/{PERSON}")
    await caller.get(f"/nowhere/{PERSON}")
    await sampling._look(world.running)
    shown = (await caller.get("/metrics")).text
    assert KIND in shown
    assert PERSON not in shown
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}", shown), "no ids of anything"
