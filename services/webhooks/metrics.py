"""Numbers about deliveries that ops may watch. No label carries a subscription: there may be any number of them."""

from prometheus_client import Counter, Gauge, Histogram

DELIVERIES = Counter(
    "mentoring_webhook_attempts",
    "Requests to receivers, by outcome and class of status (`none` without one).",
    ["outcome", "status"],
)
ATTEMPT_SECONDS = Histogram(
    "mentoring_webhook_attempt_seconds",
    "From the beginning of a request to a receiver to its whole answer.",
    ["outcome"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
)
AGE_SECONDS = Histogram(
    "mentoring_webhook_age_seconds",
    "From the instant an event was told to a receiver's yes.",
    buckets=(0.1, 0.25, 0.5, 1, 5, 30, 60, 300, 3600, 21600, 86400, 259200),
)
WAITING = Gauge("mentoring_webhook_waiting_events", "Deliveries that have not been taken yet, paused ones included.")
OLDEST_SECONDS = Gauge(
    "mentoring_webhook_oldest_seconds",
    "Age of the oldest event that an active subscription still waits for; 0 if none waits.",
)
TURN_WAIT_SECONDS = Gauge(
    "mentoring_webhook_turn_wait_seconds",
    "For how long a receiver that is well and is owed something has waited for its turn, the longest; 0 if none waits.",
)
FAILING = Gauge("mentoring_webhook_failing_subscriptions", "Active subscriptions whose receiver failed last time.")
PAUSED = Gauge("mentoring_webhook_paused_subscriptions", "Subscriptions that are sent nothing at present.")
