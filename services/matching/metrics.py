"""The numbers of cohort runs, beside those of every service."""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from services.matching.progress import PHASES, Progress

_LONG = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)

RUNS = Counter(
    "mentoring_matching_runs", "Cohort runs that ended, by how: completed, failed or cancelled.", ["outcome"]
)
RUNS_INTERRUPTED = Counter(
    "mentoring_matching_runs_interrupted",
    "Times that a run's worker process ended without an answer; it is begun again.",
)
RUN_SECONDS = Histogram(
    "mentoring_matching_run_seconds", "From the begin of a completed run to its saved answer.", buckets=_LONG
)
RUN_PHASE_SECONDS = Histogram(
    "mentoring_matching_run_phase_seconds",
    "How long a phase of a completed run took.",
    ["phase"],
    buckets=_LONG,
)
RUN_DONE = Gauge(
    "mentoring_matching_run_done_ratio",
    "How much of each phase the present run has done, 0 to 1; 0 without a run.",
    ["phase"],
)
RUN_MATCHED = Gauge("mentoring_matching_run_matched_people", "Mentees that the last completed run found a mentor for.")
RUN_UNMATCHED = Gauge(
    "mentoring_matching_run_unmatched_people", "Mentees that the last completed run found nobody for."
)
OUTCOMES = ("completed", "failed", "cancelled")

for _outcome in OUTCOMES:
    RUNS.labels(_outcome)
for _phase in PHASES:
    RUN_PHASE_SECONDS.labels(_phase)
    RUN_DONE.labels(_phase)


def show(progress: Progress | None) -> None:
    """Says how far the present run is; None when it has ended."""
    at = PHASES.index(progress.phase) if progress else -1
    for place, phase in enumerate(PHASES):
        RUN_DONE.labels(phase).set(1 if place < at else progress.done if progress and place == at else 0)


def completed(*, seconds: float, phases: Mapping[str, float], matched: int, unmatched: int) -> None:
    """Counts a run whose answer is saved."""
    RUNS.labels("completed").inc()
    RUN_SECONDS.observe(seconds)
    for phase, each in phases.items():
        RUN_PHASE_SECONDS.labels(phase).observe(each)
    RUN_MATCHED.set(matched)
    RUN_UNMATCHED.set(unmatched)
