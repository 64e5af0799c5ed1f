"""Events reach receivers: signed, in order per story, again until they are taken, and no longer than promised."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.matching import MatchAccepted, MatchDeclined
from contracts.profiles import PersonLeft
from contracts.webhooks import SubscriptionPaused
from tests.receivers import Answer
from tests.service.webhooks_example import (
    DAY,
    HOUR,
    MINUTE,
    OWNER,
    SERVICE,
    accepted,
    ask,
    declined,
    later,
    subscribe,
)
from tests.service.webhooks_fixtures import receiver, world

__all__ = ["receiver", "world"]


async def test_an_event_comes_once_signed_and_with_all_that_orders_it(world, receiver):
    subscription = await subscribe(world, receiver)
    event = accepted()
    (event_id,) = await world.hear(event, sequence=3)
    await world.hear(event, sequence=3, event_id=event_id)  # heard twice
    await world.run_jobs()
    (request,) = receiver.seen
    assert request.verified(subscription["secret"]) == {
        "type": "mentoring.match-accepted.v1",
        "timestamp": "2027-01-11T09:00:00Z",
        "id": str(event_id),
        "subject": str(event.match_id),
        "sequence": 3,
        "data": event.model_dump(mode="json"),
    }
    assert request.id == str(event_id)
    assert request.headers["content-type"] == "application/json"
    assert (await ask(world, subscription))["waiting"] == 0


async def test_the_next_event_of_a_story_waits_until_the_one_before_was_taken_and_other_stories_go_on(world, receiver):
    await subscribe(world, receiver)
    stuck, free = uuid4(), uuid4()
    receiver.answer = lambda request: 500 if request.event["subject"] == str(stuck) else 204
    await world.hear(accepted(stuck), declined(stuck))
    await world.hear(accepted(free), declined(free))
    await world.run_jobs()
    assert receiver.stories() == {str(free): [1, 2]}
    assert [each.story for each in receiver.seen if each.event["subject"] == str(stuck)] == [(str(stuck), 1)]
    receiver.answer = 204
    await later(world, MINUTE)
    assert receiver.stories() == {str(free): [1, 2], str(stuck): [1, 2]}
    assert len({each.id for each in receiver.seen}) == 4, "a second attempt bears the same id"


WANTED = {
    "everything": ({}, ["mentoring.match-accepted.v1", "mentoring.match-declined.v1", "mentoring.person-left.v1"]),
    "types": ({"event_types": ["mentoring.match-declined.v1"]}, ["mentoring.match-declined.v1"]),
    "a program": (
        {"filter": {"program_ids": [str(MatchAccepted.example().program_id)]}},
        ["mentoring.match-accepted.v1"],
    ),
    "people": (
        {"filter": {"person_ids": ["p-left", "somebody"]}},
        ["mentoring.match-declined.v1", "mentoring.person-left.v1"],
    ),
    "a story": ({"filter": {"subjects": ["p-left"]}}, ["mentoring.person-left.v1"]),
    "all at once": (
        {"event_types": ["mentoring.match-declined.v1"], "filter": {"subjects": ["p-left"]}},
        [],
    ),
}


@pytest.mark.parametrize("wish", WANTED)
async def test_a_subscription_gets_what_it_asked_for_and_nothing_else(world, receiver, wish):
    asked, expected = WANTED[wish]
    await subscribe(world, receiver, **asked)
    other = MatchDeclined.example().model_copy(
        update={"match_id": uuid4(), "program_id": uuid4(), "mentor_id": "somebody"}
    )
    await world.hear(accepted(), other)
    await world.hear(PersonLeft.example().model_copy(update={"person_id": "p-left"}))
    await world.run_jobs()
    assert sorted(each.event["type"] for each in receiver.taken) == expected


async def test_names_and_addresses_are_never_heard(world):
    assert "profiles.contact.v1" not in SERVICE.topics
    assert "webhooks.subscription.v1" not in SERVICE.topics, "that would go in circles"


async def test_a_receiver_that_was_away_for_ten_minutes_gets_everything_in_order(world, receiver):
    subscription = await subscribe(world, receiver)
    receiver.answer = 503
    stories = [uuid4() for _ in range(20)]
    for number in range(1, 6):
        for story in stories:
            await world.hear(accepted(story), sequence=number)
        await later(world, 2 * MINUTE)
    assert receiver.taken == []
    assert len(receiver.seen) < 40, "a receiver that is away is left in peace"
    receiver.answer = 204
    await later(world, 5 * MINUTE)
    assert receiver.stories() == {str(story): [1, 2, 3, 4, 5] for story in stories}
    for request in receiver.taken:
        request.verified(subscription["secret"])


async def test_retry_after_is_honoured(world, receiver):
    await subscribe(world, receiver)
    receiver.answer = Answer(429, (("Retry-After", "1800"),))
    await world.hear(accepted(), accepted())
    await world.run_jobs()
    receiver.answer = 204
    await later(world, 29 * MINUTE)
    assert len(receiver.seen) == 1, "a receiver that asks for time is asked nothing meanwhile"
    await later(world, 2 * MINUTE)
    assert len(receiver.taken) == 2


async def test_a_receiver_that_is_gone_is_paused_and_its_owner_told(world, receiver):
    subscription = await subscribe(world, receiver, description="Badges")
    receiver.answer = 410
    await world.hear(accepted())
    await world.run_jobs()
    shown = await ask(world, subscription)
    assert (shown["state"], shown["paused_reason"], shown["waiting"]) == ("paused", "gone", 1)
    (told,) = await world.told(SubscriptionPaused)
    assert (told.person_id, told.receiver, told.description, told.reason) == (OWNER, "127.0.0.1", "Badges", "gone")
    receiver.answer = 204
    await later(world, DAY)
    assert len(receiver.seen) == 1


async def test_after_three_days_without_a_yes_it_is_paused_and_goes_on_where_it_was_when_resumed(world, receiver):
    subscription = await subscribe(world, receiver)
    receiver.answer = 500
    story = uuid4()
    await world.hear(accepted(story), declined(story))
    for _ in range(74):
        await later(world, HOUR)
    (told,) = await world.told(SubscriptionPaused)
    assert told.reason == "gave-up"
    assert timedelta(days=3) <= world.clock.now() - told.failing_since_at < timedelta(days=3, hours=3)
    receiver.answer = 204
    await later(world, DAY)
    assert receiver.taken == []
    await ask(world, subscription, "resume")
    await world.run_jobs()
    assert receiver.stories() == {str(story): [1, 2]}
    assert (await ask(world, subscription))["failing_since"] is None
    assert len(await world.told(SubscriptionPaused)) == 1


async def test_what_happens_during_a_pause_is_sent_after_it(world, receiver):
    subscription = await subscribe(world, receiver)
    await ask(world, subscription, "pause")
    await world.hear(accepted())
    await later(world, 2 * DAY)
    assert receiver.seen == []
    await ask(world, subscription, "resume")
    await world.run_jobs()
    assert len(receiver.taken) == 1
    assert await world.told(SubscriptionPaused) == [], "whoever pauses it knows"


async def test_a_new_secret_signs_beside_the_old_one_for_the_overlap(world, receiver):
    subscription = await subscribe(world, receiver)
    old = subscription["secret"]
    made = await ask(world, subscription, "secrets", overlap_hours=48)
    await world.hear(accepted())
    await later(world, DAY)
    both = receiver.taken[-1]
    assert both.verified(old)
    assert both.verified(made["secret"])
    await world.hear(accepted())
    await later(world, 2 * DAY)
    assert receiver.taken[-1].verified(made["secret"])
    assert receiver.taken[-1].headers["webhook-signature"].count("v1,") == 1


async def test_at_most_two_secrets_sign(world, receiver):
    subscription = await subscribe(world, receiver)
    made = [(await ask(world, subscription, "secrets"))["secret"] for _ in range(3)]
    await world.hear(accepted())
    await world.run_jobs()
    (request,) = receiver.taken
    assert request.headers["webhook-signature"].count("v1,") == 2
    assert all(request.verified(secret) for secret in made[1:])
