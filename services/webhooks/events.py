"""What this service hears and tells, and what it does by itself."""

from chassis.consumer import on_each_batch
from chassis.jobs import job
from contracts.registry import EVENTS
from contracts.topics import DataClass
from contracts.webhooks import SubscriptionPaused
from services.webhooks.delivery.job import send_due
from services.webhooks.handlers.delivering import DELIVERIES
from services.webhooks.handlers.forgetting import forget_old, set_gauges
from services.webhooks.handlers.hearing import keep

TELLS = (SubscriptionPaused,)
# Whatever may be sent on: every event but those with names and addresses, and but our own, which would go in circles.
HEARS = tuple(
    on_each_batch(event, keep)
    for event in EVENTS
    if event.topic.data_class <= DataClass.INTERNAL and event not in TELLS
)
OFFERED = tuple(reaction.event.event_type() for reaction in HEARS)
REFUSED = frozenset(event.event_type() for event in EVENTS if event.topic.data_class > DataClass.INTERNAL)
JOBS = (
    job(DELIVERIES, send_due),
    job("forgetting", forget_old, every=600),
    job("gauges", set_gauges, every=5),
)
