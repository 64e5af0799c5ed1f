"""A dashboard as a few lines of Python, and as the JSON that Grafana imports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, COLUMNS = 8, 7, 3
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
NAMESPACE = 'namespace=~"$namespace"'
"""In every selector. Without Kubernetes there is no such label, and everything matches."""


@dataclass(frozen=True)
class Panel:
    """One picture: what it shows, in which unit, from which queries (each with its legend)."""

    title: str
    queries: Sequence[tuple[str, str]]
    about: str
    unit: str = "short"
    kind: str = "timeseries"


@dataclass(frozen=True)
class Row:
    """Panels that belong together."""

    title: str
    panels: Sequence[Panel]


def series(name: str, *matchers: str) -> str:
    """A selector: `series("mentoring_ready", 'service="matching"')`."""
    return f"{name}{{{', '.join((NAMESPACE, *matchers))}}}"


def rate(name: str, *matchers: str, by: str) -> str:
    """How often a second, added up by these labels."""
    return f"sum by ({by}) (rate({series(name, *matchers)}[$__rate_interval]))"


def highest(name: str, *matchers: str, by: str = "service") -> str:
    """The highest that any process says, for what all of them look at; by these labels."""
    return f"max by ({by}) ({series(name, *matchers)})"


def quantile(share: float, name: str, *matchers: str, by: str = "") -> str:
    """Below which value this share of what was measured lies."""
    labels = ", ".join(filter(None, ("le", by)))
    return f"histogram_quantile({share}, {rate(f'{name}_bucket', *matchers, by=labels)})"


def board(name: str, title: str, about: str, rows: Sequence[Row]) -> dict[str, Any]:
    """The JSON of a dashboard; the same for the same rows."""
    return {
        "uid": f"mentoring-{name}",
        "title": f"Mentoring: {title}",
        "description": about,
        "tags": ["mentoring"],
        "timezone": "utc",
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": _variables()},
        "links": [{"type": "dashboards", "tags": ["mentoring"], "title": "Mentoring", "asDropdown": True}],
        "panels": list(_panels(rows)),
    }


def _variables() -> list[dict[str, Any]]:
    asked = 'label_values(up{job="mentoring"}, namespace)'
    namespace = {"name": "namespace", "type": "query", "datasource": _SOURCE, "query": asked, "refresh": 2}
    everything = {"includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}}
    return [{"name": "datasource", "type": "datasource", "query": "prometheus"}, namespace | everything]


def _panels(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    number, top = 0, 0
    for row in rows:
        number += 1
        place = {"x": 0, "y": top, "w": WIDTH * COLUMNS, "h": 1}
        yield {"id": number, "type": "row", "title": row.title, "collapsed": False, "gridPos": place, "panels": []}
        top += 1
        for at, panel in enumerate(row.panels):
            number += 1
            below = top + at // COLUMNS * HEIGHT
            place = {"x": at % COLUMNS * WIDTH, "y": below, "w": WIDTH, "h": HEIGHT}
            yield _panel(panel, number) | {"gridPos": place}
        top += -(-len(row.panels) // COLUMNS) * HEIGHT


def _panel(panel: Panel, number: int) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + at), "datasource": _SOURCE, "expr": query, "legendFormat": legend}
        for at, (query, legend) in enumerate(panel.queries)
    ]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
    }
