"""The lines that only webhooks writes. What every service writes: `chassis/log_events/`."""

from typing import get_args

from chassis.log_events.fields import ATTEMPT, COUNT, DURATION_MS, EVENT_ID, EVENT_TYPE, EXCEPTION
from chassis.log_events.model import Field, choice, line, number, uuid
from services.webhooks.domain.fate import Kind

_SUBSCRIPTION_ID = uuid("subscription_id", "the subscription: `GET /v1/subscriptions/{subscription_id}`")
_FATE = choice(
    "fate",
    "what became of a request to a receiver; `no-answer` also if it could not be reached",
    get_args(Kind),
    ecs="event.outcome",
)
_ANSWER = Field(
    "answer",
    {"type": ["integer", "null"], "minimum": 100, "maximum": 599},
    "the status of the receiver's answer; null without one",
    otel="http.response.status_code",
    ecs="http.response.status_code",
)
_DAYS = number("days", "for how long events are kept", "days", least=1)

LOG_EVENTS = (
    line(
        "delivery.tried",
        ("info", "warning"),
        "An event was sent to a receiver outside. `info`: it was taken. `warning`: it was not; it is tried again for "
        "three days, and what follows in the same story waits behind it.",
        "Nothing: the receiver's owner is told before we give up. `GET /v1/subscriptions/{subscription_id}/deliveries` "
        "shows every attempt ([webhooks](webhooks.md)).",
        always=(_SUBSCRIPTION_ID, EVENT_ID, EVENT_TYPE, _FATE, _ANSWER, ATTEMPT, DURATION_MS),
    ),
    line(
        "delivery.interrupted",
        "error",
        "A delivery could not be made or kept for a reason that is ours. Its lease ends and it is sent again; the "
        "receiver may get it twice, other receivers notice nothing.",
        "Once: nothing, mostly the database was away. With each delivery: the exception says what to mend.",
        always=(_SUBSCRIPTION_ID, EXCEPTION),
    ),
    line(
        "deliveries.forgotten",
        "warning",
        "Events became too old to be kept before they could be sent. Those receivers never get them from us.",
        "`GET /v1/subscriptions` shows which are paused or failing; tell their owners ([webhooks](webhooks.md)).",
        always=(COUNT, _DAYS),
    ),
)
