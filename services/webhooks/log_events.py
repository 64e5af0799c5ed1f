"""The lines that only webhooks writes. What every service writes: `chassis/log_events/`."""

from chassis.log_events.fields import COUNT, EXCEPTION
from chassis.log_events.model import line, number, uuid

_SUBSCRIPTION_ID = uuid("subscription_id", "the subscription: `GET /v1/subscriptions/{subscription_id}`")
_DAYS = number("days", "for how long events are kept", "days", least=1)

LOG_EVENTS = (
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
