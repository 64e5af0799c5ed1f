"""A dashboard for one service; parts that it does not have are left out."""

from collections.abc import Iterator

from chassis.service import Service
from deploy.grafana.model import Panel, Row, highest, quantile, rate, series


def rows(service: Service) -> Iterator[Row]:
    """What this service offers numbers of."""
    of = f'service="{service.name}"'
    yield Row("Requests", _requests(of))
    if service.hears:
        yield Row("Events it hears", _heard(of))
    yield Row("Events it tells", _told(of))
    yield Row("Work beside the requests", list(_work(service, of)))
    if service.name == "notifications":
        yield Row("Letters", _letters(of))
    if service.name == "webhooks":
        yield Row("Webhooks", _webhooks(of))
    yield Row("PostgreSQL", _database(of))
    yield Row("Processes", _processes(of))


def _requests(of: str) -> list[Panel]:
    count, seconds = "mentoring_http_request_seconds_count", "mentoring_http_request_seconds"
    people = 'route=~"/v1/.*"'
    failed = 'status=~"5.."'
    fail = f"sum({_rate(count, of, people, failed)}) or vector(0)"
    shed = f"sum({_rate('mentoring_http_requests_shed_total', of)})"
    return [
        Panel("Asked", [(rate(count, of, people, by="method, route"), "{{method}} {{route}}")], "A second.", "reqps"),
        Panel("Answered", [(rate(count, of, people, by="status"), "{{status}}")], "A second, by status.", "reqps"),
        Panel("Failed and turned away", [(fail, "5xx"), (shed, "shed")], "A second.", "reqps"),
        Panel(
            "How long it takes",
            [(quantile(share, seconds, of, people), f"{share:.0%} below") for share in (0.5, 0.95, 0.99)],
            "From the first byte of a request to the last of its answer.",
            "s",
        ),
        Panel(
            "Slow routes",
            [(quantile(0.99, seconds, of, people, by="route"), "{{route}}")],
            "99 of 100 answers are faster.",
            "s",
        ),
    ]


def _heard(of: str) -> list[Panel]:
    lag = f"sum by (topic) (max by (topic, partition) ({series('mentoring_consumer_lag_records', of)}))"
    handled = "mentoring_events_handled_total"
    age = "mentoring_event_age_seconds"
    trouble = ("mentoring_consumer_restarts_total", "mentoring_consumer_interruptions_total")
    names = ("restarted", "interrupted")
    return [
        Panel("Handled", [(rate(handled, of, 'outcome="handled"', by="type"), "{{type}}")], "A second."),
        Panel("Behind, in records", [(lag, "{{topic}}")], "Not handled yet, those in hand included."),
        Panel(
            "Behind, in seconds",
            [(highest("mentoring_consumer_lag_seconds", of, by="topic"), "{{topic}}")],
            "Age of the oldest record that is not handled.",
            "s",
        ),
        Panel("End to end, half of them", [(quantile(0.5, age, of, by="type"), "{{type}}")], "Told to done.", "s"),
        Panel("End to end, 99 of 100", [(quantile(0.99, age, of, by="type"), "{{type}}")], "Told to done.", "s"),
        Panel(
            "Dropped as duplicates",
            [(rate(handled, of, 'outcome="duplicate"', by="service"), "heard twice")],
            "A second. They do no harm; many come after a broker or a process was killed.",
        ),
        Panel(
            "Set aside",
            [(highest("mentoring_parked_depth_messages", of), "messages")],
            "Each holds up the story of one key.",
        ),
        Panel(
            "Oldest set aside",
            [(highest("mentoring_parked_oldest_seconds", of), "age")],
            "0 if there is none.",
            "s",
        ),
        Panel(
            "Consumer in trouble",
            [(f"sum({_rate(name, of)})", word) for name, word in zip(trouble, names, strict=True)],
            "A second: restarted by the watchdog; Kafka lost.",
        ),
    ]


def _told(of: str) -> list[Panel]:
    published, lost = "mentoring_relay_published_total", "mentoring_relay_interruptions_total"
    return [
        Panel("Told", [(rate("mentoring_events_told_total", of, by="type"), "{{type}}")], "Committed, a second."),
        Panel("In the outbox", [(highest("mentoring_outbox_depth_rows", of), "rows")], "Not on Kafka yet."),
        Panel("Oldest in the outbox", [(highest("mentoring_outbox_oldest_seconds", of), "age")], "0: none.", "s"),
        Panel("Published", [(f"sum({_rate(published, of)})", "events")], "Acknowledged by Kafka, a second."),
        Panel(
            "Not as it was committed",
            [(highest("mentoring_reconcile_differences_stories", of, by="topic"), "{{topic}}")],
            "Stories that differ from their topic, when last compared.",
        ),
        Panel(
            "Compared",
            [(f"time() - {highest('mentoring_reconcile_finished_timestamp_seconds', of)} > 0", "ago")],
            "How long ago what was committed was compared with the topics.",
            "s",
        ),
        Panel(
            "Told before",
            [(highest("mentoring_told_before_events", of), "events")],
            "On the topics, and not known to a database that was restored.",
        ),
        Panel("Relay interrupted", [(f"sum({_rate(lost, of)})", "times")], "It lost Kafka or PostgreSQL, a second."),
    ]


def _work(service: Service, of: str) -> Iterator[Panel]:
    if service.timers:
        late = "mentoring_timer_fired_late_seconds"
        failed = rate("mentoring_timers_failed_total", of, by="kind")
        yield Panel("Timers due", [(highest("mentoring_timers_due_timers", of), "timers")], "Also put off.")
        yield Panel(
            "Timers late by",
            [(highest("mentoring_timers_late_seconds", of), "most overdue")],
            "Of those that still wait.",
            "s",
        )
        yield Panel("Timers fired", [(rate(f"{late}_count", of, by="kind"), "{{kind}}")], "A second.")
        yield Panel("Timers failed", [(failed, "{{kind}}")], "A second; each is put off and tried again.")
    if service.busy:
        waiting = highest("mentoring_work_waiting_items", of, by="what")
        yield Panel("What waits", [(waiting, "{{what}}")], "Due and not done, as in /v1/work.")
    if service.jobs:
        failing = rate("mentoring_jobs_failed_total", of, by="work")
        yield Panel("Jobs failed", [(failing, "{{work}}")], "A second; each goes on.")


def _letters(of: str) -> list[Panel]:
    tried = "mentoring_letters_tried_total"
    doubt = f"sum({_rate('mentoring_letters_in_doubt_total', of)})"
    return [
        Panel("Tried", [(rate(tried, of, by="outcome"), "{{outcome}}")], "A second, by what the server said."),
        Panel("Taken", [(rate(tried, of, 'outcome="taken"', by="template"), "{{template}}")], "A second, by letter."),
        Panel("In doubt", [(doubt, "letters")], "A second. Nobody knows whether the server took them."),
    ]


def _webhooks(of: str) -> list[Panel]:
    tried = "mentoring_webhook_attempts_total"
    kept = (("failing", "tried again"), ("paused", "paused"))
    return [
        Panel("Tried", [(rate(tried, of, by="outcome, status"), "{{outcome}} {{status}}")], "A second, by the answer."),
        Panel(
            "How long receivers take",
            [(quantile(0.99, "mentoring_webhook_attempt_seconds", of, by="outcome"), "{{outcome}}")],
            "99 of 100 attempts are faster.",
            "s",
        ),
        Panel(
            "Told to taken", [(quantile(0.99, "mentoring_webhook_age_seconds", of), "99 of 100")], "End to end.", "s"
        ),
        Panel("Waiting", [(highest("mentoring_webhook_waiting_events", of), "events")], "Not taken yet."),
        Panel("Oldest", [(highest("mentoring_webhook_oldest_seconds", of), "age")], "Of those not taken yet.", "s"),
        Panel(
            "Overdue turns",
            [(highest("mentoring_webhook_turn_wait_seconds", of), "longest")],
            "A receiver that is well and is owed something waits for us.",
            "s",
        ),
        Panel(
            "Subscriptions in trouble",
            [(highest(f"mentoring_webhook_{state}_subscriptions", of), word) for state, word in kept],
            "Failing: their next event is tried again. Paused: by themselves or after three days.",
        ),
    ]


def _database(of: str) -> list[Panel]:
    retried = f"sum by (error) ({_rate('mentoring_transactions_retried_total', of)}) or vector(0)"
    kinds = (("in_use", "busy"), ("size", "open"), ("limit", "allowed"))
    return [
        Panel(
            "Connections",
            [
                (highest(f"mentoring_pool_{kind}_connections", of, by="instance"), f"{word}, {{{{instance}}}}")
                for kind, word in kinds
            ],
            "Of each process.",
        ),
        Panel(
            "Waiting for a connection, 99 of 100",
            [(quantile(0.99, "mentoring_pool_wait_seconds", of), "wait")],
            "Before a transaction begins.",
            "s",
        ),
        Panel(
            "Tried again, or in vain",
            [(retried, "{{error}}"), (f"sum({_rate('mentoring_pool_timeouts_total', of)})", "no connection in time")],
            "Transactions, a second.",
        ),
    ]


def _processes(of: str) -> list[Panel]:
    started = f"time() - {series('process_start_time_seconds', of)}"
    return [
        Panel("Memory", [(series("process_resident_memory_bytes", of), "{{instance}}")], "Of each process.", "bytes"),
        Panel("CPU", [(_rate("process_cpu_seconds_total", of), "{{instance}}")], "1 is a whole core.", "percentunit"),
        Panel("Running for", [(started, "{{instance}}")], "Falls to 0 when a process is started anew.", "s"),
    ]


def _rate(name: str, *matchers: str) -> str:
    return f"rate({series(name, *matchers)}[$__rate_interval])"
