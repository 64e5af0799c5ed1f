"""A dashboard for cohort runs and what becomes of their pairs."""

from deploy.grafana.model import Panel, Row, highest, quantile, rate, series

_RUN = "mentoring_matching_run_seconds"
_PHASE = "mentoring_matching_run_phase_seconds"
_MEAN = " / ".join(f"sum by (phase) ({series(f'{_PHASE}_{part}')})" for part in ("sum", "count"))


def _in_an_hour(kind: str) -> tuple[str, str]:
    told = series("mentoring_events_told_total", f'type="mentoring.match-{kind}.v1"')
    return f"sum(increase({told}[1h]))", kind


ROWS = (
    Row(
        "Runs",
        (
            Panel(
                "Runs in an hour",
                [(f"sum by (outcome) (increase({series('mentoring_matching_runs_total')}[1h]))", "{{outcome}}")],
                "By how they ended. failed: given up after ten tries.",
            ),
            Panel(
                "Waiting or being computed",
                [(highest("mentoring_work_waiting_items", 'what="runs"'), "runs")],
                "One at a time for each program.",
            ),
            Panel(
                "How far the present run is",
                [(highest("mentoring_matching_run_done_ratio", by="phase"), "{{phase}}")],
                "The share of each phase that is done; all 0 while nothing is computed.",
                "percentunit",
            ),
            Panel(
                "How long runs take",
                [
                    (f"histogram_quantile({share}, sum by (le) ({series(f'{_RUN}_bucket')}))", f"{share:.0%} below")
                    for share in (0.5, 0.95)
                ],
                "From the begin to the saved answer, since the process began.",
                "s",
            ),
            Panel("Where the time goes", [(_MEAN, "{{phase}}")], "Mean seconds of each phase.", "s"),
            Panel(
                "Begun again",
                [(rate("mentoring_matching_runs_interrupted_total", by="service"), "runs")],
                "A worker ended without an answer, a second: too little memory, or killed.",
            ),
        ),
    ),
    Row(
        "Pairs",
        (
            Panel(
                "The last run",
                [
                    (highest("mentoring_matching_run_matched_people"), "with a mentor"),
                    (highest("mentoring_matching_run_unmatched_people"), "without"),
                ],
                "Mentees. Why somebody has none: GET /v1/runs/ID/pairs.",
                kind="stat",
            ),
            Panel(
                "Offers in an hour",
                [_in_an_hour(kind) for kind in ("proposed", "accepted", "declined", "lapsed", "withdrawn")],
                "What became of them. If many lapse, look whether letters arrive.",
            ),
            Panel(
                "Timers of offers late by",
                [(highest("mentoring_timers_late_seconds", 'service="matching"'), "most overdue")],
                "Offers lapse, and are reminded of, by timers.",
                "s",
            ),
        ),
    ),
    Row(
        "Shortlists and the next ones",
        (
            Panel(
                "What waits",
                [(highest("mentoring_work_waiting_items", 'service="matching"', by="what"), "{{what}}")],
                "Due and not done, as in /v1/work.",
            ),
            Panel(
                "Shortlists told",
                [(rate("mentoring_events_told_total", 'type="mentoring.shortlist-updated.v1"', by="service"), "lists")],
                "A second.",
            ),
            Panel(
                "Profiles taken up, 99 of 100",
                [(quantile(0.99, "mentoring_event_age_seconds", 'service="matching"', by="type"), "{{type}}")],
                "From the change of a profile until matching knows of it.",
                "s",
            ),
        ),
    ),
)
