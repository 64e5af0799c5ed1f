"""The dashboard to look at first: is everything well, and if not, where?"""

from deploy.grafana.model import NAMESPACE, Panel, Row, highest, quantile, rate, series

_LATE = "More than five seconds from told to done count as late; profiles and addresses are left out."
_OURS = 'job="mentoring"'
ROWS = (
    Row(
        "Is everything well?",
        (
            Panel(
                "Alerts that fire",
                [(f'sum by (severity) (ALERTS{{alertstate="firing", {NAMESPACE}}}) or vector(0)', "{{severity}}")],
                "What each means and how to mend it: docs/runbook.md.",
                kind="stat",
            ),
            Panel(
                "Processes that answer",
                [(f"sum by (service) ({series('up', _OURS)})", "{{service}}")],
                "0: nobody is there for this service.",
                kind="stat",
            ),
            Panel(
                "Ready",
                [(f"min by (service) ({series('mentoring_ready')})", "{{service}}")],
                "0: a process cannot use its database, or its schema is too old.",
                kind="stat",
            ),
        ),
    ),
    Row(
        "What we promise",
        (
            Panel(
                "Requests that fail",
                [
                    (f"service:api_errors:ratio_rate5m{{{NAMESPACE}}}", "{{service}}, 5 minutes"),
                    (f"service:api_errors:ratio_rate1h{{{NAMESPACE}}}", "{{service}}, an hour"),
                ],
                "Of those under /v1, with 5xx or turned away. Promised: at most 0.1 % of 30 days.",
                "percentunit",
            ),
            Panel(
                "Events that are late",
                [
                    (f"service:events_late:ratio_rate5m{{{NAMESPACE}}}", "{{service}}, 5 minutes"),
                    (f"service:events_late:ratio_rate1h{{{NAMESPACE}}}", "{{service}}, an hour"),
                ],
                f"{_LATE} Promised: at most 1 % of 30 days.",
                "percentunit",
            ),
            Panel(
                "How fast the budgets are used up",
                [
                    (f"service:api_errors:ratio_rate1h{{{NAMESPACE}}} / 0.001", "{{service}}, requests"),
                    (f"service:events_late:ratio_rate1h{{{NAMESPACE}}} / 0.01", "{{service}}, events"),
                ],
                "1: the budget lasts for exactly 30 days. Above 14.4 somebody is woken up.",
            ),
        ),
    ),
    Row(
        "People",
        (
            Panel(
                "Requests",
                [(rate("mentoring_http_request_seconds_count", 'route=~"/v1/.*"', by="service"), "{{service}}")],
                "A second, under /v1.",
                "reqps",
            ),
            Panel(
                "How long people wait, 99 of 100",
                [(quantile(0.99, "mentoring_http_request_seconds", 'route=~"/v1/.*"', by="service"), "{{service}}")],
                "From the first byte of a request to the last of its answer.",
                "s",
            ),
            Panel(
                "Letters",
                [(rate("mentoring_letters_tried_total", by="outcome"), "{{outcome}}")],
                "A second, by what the mail server said.",
            ),
        ),
    ),
    Row(
        "Events",
        (
            Panel(
                "Told",
                [(rate("mentoring_events_told_total", by="service"), "{{service}}")],
                "Committed to the outbox, a second.",
            ),
            Panel(
                "Oldest in the outbox",
                [(highest("mentoring_outbox_oldest_seconds", by="service"), "{{service}}")],
                "Rises in all services: Kafka is away. In one: its relay.",
                "s",
            ),
            Panel(
                "End to end, 99 of 100",
                [(quantile(0.99, "mentoring_event_age_seconds", by="service"), "{{service}}")],
                "From told to the commit of the effect in the service that hears it.",
                "s",
            ),
            Panel(
                "Behind, by age",
                [(highest("mentoring_consumer_lag_seconds", by="service"), "{{service}}")],
                "Age of the oldest record that is not handled.",
                "s",
            ),
            Panel(
                "Set aside",
                [(highest("mentoring_parked_depth_messages", by="service"), "{{service}}")],
                "Messages that wait for a person: replay or discard them.",
            ),
            Panel(
                "Timers late by",
                [(highest("mentoring_timers_late_seconds", by="service"), "{{service}}")],
                "The most overdue one.",
                "s",
            ),
        ),
    ),
)
