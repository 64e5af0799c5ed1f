"""Every number that ops may watch, declared once. Names carry their unit; no label carries a person's id."""

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300, 3600)

OUTBOX_DEPTH = Gauge("mentoring_outbox_depth_rows", "Events committed and not yet acknowledged by Kafka.")
OUTBOX_OLDEST_SECONDS = Gauge(
    "mentoring_outbox_oldest_seconds",
    "Age of the oldest event that Kafka has not acknowledged; 0 if none waits.",
)
RELAY_PUBLISHED = Counter("mentoring_relay_published", "Events that Kafka acknowledged.")

CONSUMER_LAG = Gauge(
    "mentoring_consumer_lag_records",
    "Records of a partition that are not handled yet.",
    ["topic", "partition"],
)
CONSUMER_LAG_SECONDS = Gauge(
    "mentoring_consumer_lag_seconds",
    "Age of the oldest record that is not handled yet.",
    ["topic", "partition"],
)
EVENTS_HANDLED = Counter(
    "mentoring_events_handled",
    "Events that left the consumer, by how: handled, duplicate, skipped, parked or failed.",
    ["type", "outcome"],
)
EVENT_AGE_SECONDS = Histogram(
    "mentoring_event_age_seconds",
    "From the instant an event was told to the commit of its effect here.",
    ["type"],
    buckets=_SLOW,
)
PARKED_DEPTH = Gauge("mentoring_parked_depth_messages", "Messages set aside that nobody has resolved yet.")
PARKED_OLDEST_SECONDS = Gauge(
    "mentoring_parked_oldest_seconds",
    "Age of the oldest message that is still set aside; 0 if there is none.",
)

TOLD_BEFORE = Gauge(
    "mentoring_told_before_events",
    "Events on topics of this service that its database does not know, as it went back; 0 if it never did.",
)

TIMERS_LATE_SECONDS = Gauge(
    "mentoring_timers_late_seconds", "How long the most overdue timer has been due; 0 if none is."
)

POOL_SIZE = Gauge("mentoring_pool_size_connections", "Connections to PostgreSQL that are open.")
POOL_IN_USE = Gauge("mentoring_pool_in_use_connections", "Connections to PostgreSQL that are doing something.")

HTTP_SHED = Counter("mentoring_http_requests_shed", "Requests answered with 503 because too many were being served.")
HTTP_SECONDS = Histogram(
    "mentoring_http_request_seconds",
    "From the first byte of a request to the last byte of its answer.",
    ["method", "route", "status"],
    buckets=_FAST,
)

RECONCILE_DIFFERENCES = Gauge(
    "mentoring_reconcile_differences_stories",
    "Stories that are not on their topic as they were committed, when last compared; one process of a service says so.",
    ["topic"],
)
RECONCILED_AT = Gauge(
    "mentoring_reconcile_finished_timestamp_seconds",
    "When what was committed was last compared with the topics by this process; 0 if never.",
)
