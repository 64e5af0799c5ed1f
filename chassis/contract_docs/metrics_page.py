"""docs/metrics.md: every number that a service offers, from where it is declared."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from prometheus_client import Counter, Gauge, Histogram

Metric = Counter | Gauge | Histogram
SERVICES = Path(__file__).resolve().parents[2] / "services"
INTRODUCTION = """\
# Metrics

<!-- Made from chassis/metrics.py and services/*/metrics.py by `make docs`; do not edit by hand. -->

Every process of a service offers them at `/metrics`, in Prometheus' text format, beside `process_*` and `python_*`
of its runtime. A name ends in its unit (a counter in `_total`); times are seconds. No label carries the id of a
person, a letter or a match. What is alerted on: [alerts](alerts.md); what to do then: [runbook](runbook.md).

Prometheus adds `instance`, and by our settings `service`; on Kubernetes also `namespace`, `pod` and `role`. Several
processes of a service look at the same tables, so take the `max` of outbox, parked, timers and what waits over them,
and the `sum` of what counts.
"""
LABELS: Mapping[str, str] = {
    "error": "the kind of error, a class name",
    "kind": "the kind of timer, for example `offer-lapses`",
    "method": "the HTTP method",
    "outcome": "how it ended",
    "partition": "the partition of the topic",
    "phase": "what a run is at",
    "route": "the template of the route, for example `/v1/people/{person_id}`",
    "status": "the HTTP status",
    "template": "which letter",
    "topic": "the Kafka topic",
    "type": "the type of event, for example `mentoring.match-proposed.v1`",
    "version": "the version of the code",
    "what": "what waits, by the name that `/v1/work` gives it",
    "work": "the name of the job",
}
"""Every label there is. Its values are few, and known to whoever reads the code."""


def declared() -> Iterator[tuple[str, list[Metric]]]:
    """Where metrics are declared, and which, in the order of the file."""
    yield "chassis", _of(import_module("chassis.metrics"))
    # Found by their place: the chassis imports no service.
    for path in sorted(SERVICES.glob("*/metrics.py")):
        yield path.parent.name, _of(import_module(f"services.{path.parent.name}.metrics"))


def _of(module: ModuleType) -> list[Metric]:
    return [each for each in vars(module).values() if isinstance(each, Counter | Gauge | Histogram)]


def names(metric: Metric) -> list[str]:
    """The names of its series, the first of them as people call it."""
    name = next(iter(metric.describe())).name
    match metric:
        case Counter():
            return [f"{name}_total"]
        case Histogram():
            return [name, *(f"{name}{ending}" for ending in ("_bucket", "_count", "_sum"))]
        case _:
            return [name]


def labels(metric: Metric) -> tuple[str, ...]:
    """The names of its labels."""
    found: tuple[str, ...] = metric._labelnames  # noqa: SLF001 - there is no other way
    return found


def metrics_page() -> str:
    """The page."""
    parts = [INTRODUCTION]
    for where, metrics in declared():
        title = "Of every service" if where == "chassis" else f"Of {where}, besides"
        rows = [f"| `{names(each)[0]}` | {each._type} | {_labels(each)} | {_about(each)} |" for each in metrics]  # noqa: SLF001
        parts.append(
            "\n".join([f"## {title}\n", "| Name | Kind | Labels | Meaning |", "| --- | --- | --- | --- |", *rows, ""])
        )
    rows = [f"| `{label}` | {meaning} |" for label, meaning in LABELS.items()]
    parts.append("\n".join(["## Labels\n", "| Label | Value |", "| --- | --- |", *rows, ""]))
    return "\n".join(parts)


def _labels(metric: Metric) -> str:
    return ", ".join(f"`{label}`" for label in labels(metric))


def _about(metric: Metric) -> str:
    return str(next(iter(metric.describe())).documentation)
