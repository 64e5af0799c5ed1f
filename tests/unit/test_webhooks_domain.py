"""What is decided about deliveries: when they are tried again, when a receiver rests or is paused; and signing."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from contracts.matching import MatchAccepted
from services.webhooks import sealing
from services.webhooks.delivery.post import retry_after
from services.webhooks.domain.fate import (
    GIVE_UP_AFTER,
    LONGEST_ASKED,
    LONGEST_REST,
    LONGEST_WAIT,
    Outcome,
    Past,
    after_failure,
    back_off,
    outcome_of,
)
from services.webhooks.domain.message import Kept, body_of, headers_of
from services.webhooks.domain.subscription import State, Subscription, Wanted, change, pause, resume
from services.webhooks.settings import Settings

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
OLD, NEW = (f"whsec_{letter * 43}=" for letter in "AB")
EVENT = MatchAccepted.example()
KEPT = Kept(
    id=UUID("0192f0c4-7a1e-7c3b-9d55-0242ac120011"),
    type=EVENT.event_type(),
    topic="matching.match.v1",
    key=EVENT.key,
    sequence=3,
    told_at=NOW,
    data=EVENT.body(),
)
SUBSCRIPTION = Subscription(
    id=UUID("0192f0c4-7a1e-7c3b-9d55-0242ac120010"),
    url="https://hooks.corp.example/",
    wanted=Wanted(),
    owner_id="p-1",
    description="Badges",
    per_second=20,
    created_by="adm-1",
    created_at=NOW,
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, "taken") for status in (200, 204, 299)),
        *((status, "refused") for status in (301, 307, 400, 404, 500)),
        *((status, "busy") for status in (429, 502, 503, 504)),
        (410, "gone"),
    ],
)
def test_a_status_means_one_thing(status, kind):
    assert outcome_of(status).kind == kind


def test_waits_double_up_to_an_hour():
    waits = [back_off(tries, luck=1, longest=LONGEST_WAIT) for tries in range(1, 14)]
    assert waits[:4] == [5 * SECOND, 10 * SECOND, 20 * SECOND, 40 * SECOND]
    assert waits[-1] == HOUR
    assert all(later >= earlier for earlier, later in pairwise(waits))


@given(st.integers(-5, 10_000), st.floats(0, 1))
def test_a_wait_is_never_longer_than_said_and_never_more_than_a_quarter_shorter(tries, luck):
    whole = back_off(tries, luck=1, longest=LONGEST_WAIT)
    assert 0.74 * whole <= back_off(tries, luck=luck, longest=LONGEST_WAIT) <= whole


def test_a_receiver_that_refuses_an_event_is_sent_others_at_once():
    fate = after_failure(Past(), Outcome("refused", 500), now=NOW, luck=1)
    assert (fate.rest_until, fate.due_at, fate.failures) == (None, NOW + 5 * SECOND, 0)


@pytest.mark.parametrize("outcome", [Outcome("no-answer"), Outcome("busy", 503), Outcome("address-refused")])
def test_a_receiver_that_is_away_rests_longer_with_each_story_up_to_five_minutes(outcome):
    past, rests = Past(), []
    for _ in range(12):
        fate = after_failure(past, outcome, now=NOW, luck=1)
        rests.append(fate.rest_until - NOW)
        past = Past(failures=fate.failures, failing_since=fate.failing_since)
    assert rests[:3] == [5 * SECOND, 10 * SECOND, 20 * SECOND]
    assert rests[-1] == LONGEST_REST


def test_one_story_that_fails_again_and_again_makes_no_other_wait():
    past = Past(attempts=7, failures=1, same_story=True, failing_since=NOW, first_failed_at=NOW)
    fate = after_failure(past, Outcome("busy", 503), now=NOW, luck=1)
    assert fate.rest_until is None
    assert fate.failures == 1
    assert fate.due_at == NOW + LONGEST_REST


def test_requests_that_were_under_way_together_fail_as_one():
    """Eight at a time to a receiver that is away for a second: it rests for five seconds, not for five minutes."""
    first = after_failure(Past(), Outcome("busy", 503), now=NOW, luck=1)
    beside = Past(failures=first.failures, failing_since=NOW, resting=True)
    fate = after_failure(beside, Outcome("busy", 503), now=NOW, luck=1)
    assert (fate.failures, fate.rest_until, fate.due_at) == (1, None, first.due_at)


def test_a_receiver_says_when_to_come_again_within_a_day():
    asked = Outcome("busy", 429, retry_after=600 * SECOND)
    fate = after_failure(Past(same_story=True), asked, now=NOW, luck=1)
    assert fate.due_at == fate.rest_until == NOW + 600 * SECOND
    for_ever = Outcome("busy", 429, retry_after=timedelta(days=300))
    assert after_failure(Past(), for_ever, now=NOW, luck=1).due_at == NOW + LONGEST_ASKED


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Mon, 11 Jan 2027 09:02:00 GMT", 120),
        ("Mon, 11 Jan 2027 08:00:00 GMT", 0),
        ("9" * 40, 10**8),
        *((value, None) for value in ("", "soon", "-5", "1.5", "\u0663")),
    ],
)
def test_both_forms_of_retry_after_are_read_and_nonsense_is_not(value, seconds):
    found = retry_after(value, now=NOW)
    assert found == (None if seconds is None else seconds * SECOND)


def test_after_three_days_it_is_paused_and_not_before():
    began = NOW - GIVE_UP_AFTER
    early = Past(attempts=50, first_failed_at=began + SECOND, failing_since=began + SECOND)
    assert after_failure(early, Outcome("refused", 500), now=NOW, luck=1).pause is None
    story = Past(attempts=50, first_failed_at=began, failing_since=NOW)
    receiver = Past(attempts=1, first_failed_at=NOW, failing_since=began)
    for late in (story, receiver):
        assert after_failure(late, Outcome("no-answer"), now=NOW, luck=1).pause == "gave-up"


def test_three_days_of_attempts_are_some_eighty():
    past, now, tries = Past(), NOW, 0
    while True:
        fate = after_failure(past, Outcome("refused", 500), now=now, luck=1)
        tries += 1
        if fate.pause:
            break
        past = Past(attempts=tries, first_failed_at=fate.first_failed_at, failing_since=fate.failing_since)
        now = fate.due_at
    assert 75 < tries < 90
    assert GIVE_UP_AFTER <= now - NOW < GIVE_UP_AFTER + HOUR


def test_a_receiver_that_is_gone_is_paused_at_once():
    assert after_failure(Past(), Outcome("gone", 410), now=NOW, luck=1).pause == "gone"


def test_pausing_and_resuming_twice_is_the_same_as_once():
    paused = pause(SUBSCRIPTION, "gone", now=NOW)
    assert (paused.state, paused.paused_reason, paused.version) == (State.PAUSED, "gone", 2)
    assert pause(paused, "asked", now=NOW + HOUR) == paused
    resumed = resume(paused)
    assert (resumed.state, resumed.paused_reason, resumed.paused_at, resumed.version) == (State.ACTIVE, None, None, 3)
    assert resume(resumed) == resumed


def test_a_change_that_changes_nothing_keeps_the_version():
    assert change(SUBSCRIPTION, url=SUBSCRIPTION.url) == SUBSCRIPTION
    assert change(SUBSCRIPTION, description="").version == 2


def test_a_receiver_verifies_with_the_library_of_standard_webhooks():
    body = body_of(KEPT, largest=100_000)
    headers = headers_of(KEPT, body, [NEW], now=datetime.now(UTC))
    assert headers["webhook-id"] == str(KEPT.id)
    seen = Webhook(NEW).verify(body, headers)
    assert seen["data"] == json.loads(EVENT.body())
    assert {name: seen[name] for name in ("type", "timestamp", "id", "subject", "sequence")} == {
        "type": KEPT.type,
        "timestamp": "2027-01-11T09:00:00Z",
        "id": str(KEPT.id),
        "subject": KEPT.key,
        "sequence": 3,
    }


def test_while_a_secret_is_rotated_both_verify_and_no_other_does():
    body = body_of(KEPT, largest=100_000)
    headers = headers_of(KEPT, body, [NEW, OLD], now=datetime.now(UTC))
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "C" * 43 + "=").verify(body, headers)


def test_a_changed_body_and_an_old_request_do_not_verify():
    body = body_of(KEPT, largest=100_000)
    with pytest.raises(WebhookVerificationError, match="No matching"):
        Webhook(NEW).verify(body.replace(KEPT.key, "other"), headers_of(KEPT, body, [NEW], now=datetime.now(UTC)))
    old = datetime.now(UTC) - timedelta(minutes=6)
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(NEW).verify(body, headers_of(KEPT, body, [NEW], now=old))


def test_an_event_that_is_too_large_is_told_without_its_data():
    thin = json.loads(body_of(KEPT, largest=10))
    assert thin["data"] is None
    assert thin["left_out"] == "too-large"
    assert (thin["id"], thin["subject"], thin["sequence"]) == (str(KEPT.id), KEPT.key, 3)


def settings(**more) -> Settings:
    given = {"database_url": "postgresql://a:b@c/d", "kafka_brokers": "a:1", "jwks_url": "file:///x"}
    given |= {"token_issuer": "x", "environment": "test", "webhooks_keys": KEY} | more
    return Settings(**{name: value for name, value in given.items() if value is not None})


KEY = "c2VhbHMtdGhlLXNlY3JldHMtb2YtYS10ZXN0cy13aDE="
NEXT_KEY = "bmV4dC1rZXktc2VhbHMtdGhlLXNlY3JldHMtd2gyISE="


def test_a_secret_is_sealed_so_that_only_the_key_opens_it():
    secret = sealing.new_secret()
    assert secret.startswith("whsec_")
    sealed = sealing.seal(settings(), secret)
    assert secret[6:].encode() not in sealed
    assert sealing.unseal(settings(), sealed) == secret
    assert sealing.unseal(settings(webhooks_keys=f"{NEXT_KEY},{KEY}"), sealed) == secret, "the key before still opens"
    with pytest.raises(sealing.CannotOpen):
        sealing.unseal(settings(webhooks_keys=NEXT_KEY), sealed)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"webhooks_keys": None}, "give MENTORING_WEBHOOKS_KEYS or MENTORING_WEBHOOKS_KEYS_FILE"),
        ({"webhooks_keys_file": "/x"}, "give MENTORING_WEBHOOKS_KEYS or MENTORING_WEBHOOKS_KEYS_FILE"),
        ({"webhooks_keys": "short"}, "must hold 32 bytes in URL-safe base64"),
        ({"webhooks_allowed_networks": "10.0.0.0/8,nonsense"}, "nonsense is no network"),
        ({"webhooks_ports": "443,https"}, "give port numbers"),
        ({"webhooks_ports": "70000"}, "give port numbers"),
        (
            {"environment": "production", "jwks_url": "https://x", "webhooks_plain_http": True},
            "refused in production",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(given, why):
    with pytest.raises(ValidationError, match=why):
        settings(**given)


def test_settings_are_read_as_lists():
    found = settings(webhooks_allowed_networks="10.1.0.0/16, fd00::/8", webhooks_ports="443, 8443")
    assert [str(each) for each in found.webhooks_allowed_networks] == ["10.1.0.0/16", "fd00::/8"]
    assert found.rules().ports == {443, 8443}
    assert settings(webhooks_ports="any").rules().ports == frozenset()
