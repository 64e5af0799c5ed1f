"""Spans over a real database: a request and what is told in it, an event and what follows, timers and letters."""

from dataclasses import replace
from datetime import timedelta

import pytest
from opentelemetry.trace import SpanKind

from chassis import timers
from chassis.consumer.reactions import on
from chassis.envelope import Context, new_id
from chassis.timers import Sweep, at
from services.notifications.__main__ import SERVICE as NOTIFICATIONS
from services.profiles.__main__ import SERVICE as PROFILES
from tests.harness import MONDAY
from tests.service.test_notifications_letters import ADA, GRACE, an_offer, known
from tests.service.test_notifications_mail_server import a_mail_server
from tests.service.test_profiles_people import ADA as PERSON
from tests.spans import id_of, links_of, parent_of, recording

PLANTED = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


@pytest.fixture
def recorded():
    with recording() as recorded:
        yield recorded


async def test_a_request_and_the_event_told_in_it_are_one_trace_without_the_path(a_world, recorded):
    world = await a_world(PROFILES)
    answer = await world.client("system").put("/v1/people/p-1", json=PERSON, headers={"traceparent": PLANTED})
    served = [span for span in recorded.all() if span.kind is SpanKind.SERVER]
    assert [span.name for span in served] == ["PUT /v1/people/{person_id}"], answer.text
    assert f"{served[0].context.trace_id:032x}" == "a" * 32
    assert f"{parent_of(served[0]):016x}" == "b" * 16
    assert served[0].attributes["http.response.status_code"] == answer.status_code
    assert "p-1" not in str(dict(served[0].attributes))
    created = [span for span in recorded.all() if span.name.startswith("create ")]
    assert {span.name for span in created} == {"create profiles.person.v1", "create profiles.contact.v1"}
    assert {parent_of(span) for span in created} == {id_of(served[0])}
    assert "ada@corp.example" not in "".join(span.to_json() for span in recorded.all())


async def test_a_timer_that_fires_weeks_later_begins_a_trace_with_a_link_to_the_one_that_set_it(a_world, recorded):
    world = await a_world(PROFILES)
    seen = []

    async def ring(tx, key, *, now):
        seen.append(tx.context.traceparent)

    due = MONDAY + timedelta(weeks=3)
    await world.running.database.run(
        lambda tx: timers.set(tx, "ring", "k-1", due), context=Context(new_id(), traceparent=PLANTED)
    )
    await world.clock.set(due)
    await Sweep(world.running.database, world.running.clock, (at("ring", ring),)).fire_due()
    fired = recorded.one("fire ring")
    assert parent_of(fired) is None
    assert [f"{each:016x}" for each in links_of(fired)] == ["b" * 16]
    assert f"{id_of(fired):016x}" in seen[0]


async def test_a_timer_set_where_nothing_is_recorded_leads_nowhere(a_world):
    world = await a_world(PROFILES)
    await world.running.database.run(
        lambda tx: timers.set(tx, "ring", "k-1", MONDAY), context=Context(new_id(), traceparent=PLANTED[:-1] + "0")
    )
    assert await world.pool.fetchval("SELECT traceparent FROM timers") is None


async def test_a_handler_that_fails_leaves_a_span_with_the_class_of_its_error_only(a_world, recorded):
    async def fail(tx, event, *, now):
        raise KeyError("Ann Example")

    event = an_offer()
    world = await a_world(replace(NOTIFICATIONS, hears=(on(type(event), fail),)))
    await world.hear(event, parks=True)
    span = recorded.named("process matching.match.v1")[-1]
    assert span.attributes["error.type"] == "KeyError"
    assert span.attributes["code.function.name"] == "fail"
    assert "Ann" not in span.to_json()


@pytest.mark.parametrize("late", [False, True])
async def test_a_letter_is_a_part_of_the_trace_that_planned_it_or_leads_back_to_it(a_world, recorded, late):
    async with a_mail_server() as mail:
        world = await a_world(NOTIFICATIONS, smtp_url=mail.url)
        for person in (ADA, GRACE):
            await world.hear(*known(person, f"{person} Unmistakable", "en"))
        await world.hear(an_offer())
        if late:
            await world.clock.set(MONDAY + timedelta(hours=3))
        await world.run_jobs()
    (planned, *_) = recorded.named("process matching.match.v1")
    letters = recorded.named("SMTP send")
    assert letters
    for letter in letters:
        assert parent_of(letter) == (None if late else id_of(planned))
        assert links_of(letter) == ([id_of(planned)] if late else [])
        assert letter.attributes["mentoring.letter.outcome"] == "taken"
        assert letter.attributes["mentoring.smtp.reply_code"] == 250
        assert "Unmistakable" not in letter.to_json()
    told = recorded.named("create notifications.letter.v1")
    assert {parent_of(span) for span in told} == {id_of(letter) for letter in letters}
