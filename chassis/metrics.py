"""Every number that ops may watch, declared once; a service's own stand in its `metrics.py`.

Names carry their unit, no label carries a person's id, and each label has few values. `docs/metrics.md` is made from
these declarations. Gauges that only a query can tell are looked at every five seconds (`sampling.py`).
"""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# Else each counter has a second series, with the instant at which it began.
disable_created_metrics()  # type: ignore[no-untyped-call]

_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300, 3600)
_LATE = (0.1, 1, 2, 5, 10, 30, 60, 300, 3600, 86_400)
_WAITS = (0.001, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 9)

READY = Gauge("mentoring_ready", "1 if this process can use its database and its schema is new enough, else 0.")
BUILD = Gauge("mentoring_build_info", "Always 1; the version of the code is in the label.", ["version"])

OUTBOX_DEPTH = Gauge("mentoring_outbox_depth_rows", "Events committed and not yet acknowledged by Kafka.")
OUTBOX_OLDEST_SECONDS = Gauge(
    "mentoring_outbox_oldest_seconds",
    "Age of the oldest event that Kafka has not acknowledged; 0 if none waits.",
)
EVENTS_TOLD = Counter("mentoring_events_told", "Events committed to the outbox, by type.", ["type"])
RELAY_PUBLISHED = Counter("mentoring_relay_published", "Events that Kafka acknowledged.")
RELAY_INTERRUPTIONS = Counter(
    "mentoring_relay_interruptions", "Times that the relay lost Kafka or PostgreSQL and began again."
)

CONSUMER_LAG = Gauge(
    "mentoring_consumer_lag_records",
    "Records of a partition that are not handled yet, those in hand included.",
    ["topic", "partition"],
)
CONSUMER_LAG_SECONDS = Gauge(
    "mentoring_consumer_lag_seconds",
    "Age of the oldest record that is not handled yet; 0 if there is none.",
    ["topic", "partition"],
)
CONSUMER_RESTARTS = Counter(
    "mentoring_consumer_restarts", "Times that the watchdog restarted a consumer that stood still."
)
CONSUMER_INTERRUPTIONS = Counter("mentoring_consumer_interruptions", "Times that the consumer lost Kafka.")
EVENTS_HANDLED = Counter(
    "mentoring_events_handled",
    "Events that left the consumer, by how: handled, duplicate, parked, or skipped and by which rule.",
    ["type", "outcome"],
)
EVENT_AGE_SECONDS = Histogram(
    "mentoring_event_age_seconds",
    "End to end: from the instant an event was told to the commit of its effect here. Duplicates do not count.",
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

TIMERS_DUE = Gauge("mentoring_timers_due_timers", "Timers whose instant has come, those put off after a failure too.")
TIMERS_LATE_SECONDS = Gauge(
    "mentoring_timers_late_seconds",
    "How long the most overdue timer has been due, by the platform's clock; 0 if none is.",
)
TIMER_FIRED_LATE_SECONDS = Histogram(
    "mentoring_timer_fired_late_seconds",
    "How long after its instant a timer fired, by the platform's clock.",
    ["kind"],
    buckets=_LATE,
)
TIMERS_FAILED = Counter("mentoring_timers_failed", "Times that a timer's handler failed; it is put off.", ["kind"])

JOBS_FAILED = Counter("mentoring_jobs_failed", "Times that work beside the requests failed; it goes on.", ["work"])
WORK_WAITING = Gauge(
    "mentoring_work_waiting_items", "What else is due and not done, by name, as in /v1/work under `busy`.", ["what"]
)

POOL_LIMIT = Gauge("mentoring_pool_limit_connections", "Connections to PostgreSQL that may be open at most.")
POOL_SIZE = Gauge("mentoring_pool_size_connections", "Connections to PostgreSQL that are open.")
POOL_IN_USE = Gauge("mentoring_pool_in_use_connections", "Connections to PostgreSQL that are doing something.")
POOL_WAIT_SECONDS = Histogram(
    "mentoring_pool_wait_seconds", "How long a transaction waited for a connection.", buckets=_WAITS
)
POOL_TIMEOUTS = Counter("mentoring_pool_timeouts", "Transactions that got no connection in time.")
TRANSACTIONS_RETRIED = Counter(
    "mentoring_transactions_retried", "Transactions tried again after a transient error, by its kind.", ["error"]
)

HTTP_SHED = Counter("mentoring_http_requests_shed", "Requests answered with 503 because too many were being served.")
HTTP_SECONDS = Histogram(
    "mentoring_http_request_seconds",
    "From the first byte of a request to the last byte of its answer; those shed do not count.",
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


def begin_at_zero(
    *, told: Iterable[str] = (), heard: Iterable[str] = (), timers: Iterable[str] = (), jobs: Iterable[str] = ()
) -> None:
    """Makes the series of what a service may do, so that the first time counts as a rise and not as a beginning."""
    for kind in told:
        EVENTS_TOLD.labels(kind)
    for kind in heard:
        EVENT_AGE_SECONDS.labels(kind)
        for outcome in ("handled", "duplicate", "parked"):
            EVENTS_HANDLED.labels(kind, outcome)
    for kind in timers:
        TIMERS_FAILED.labels(kind)
        TIMER_FIRED_LATE_SECONDS.labels(kind)
    for name in jobs:
        JOBS_FAILED.labels(name)
