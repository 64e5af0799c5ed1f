"""Every query of every dashboard, asked of the real Prometheus: does it return data?"""

import math
from collections.abc import Iterator

from deploy.grafana.dashboards import dashboards
from tests.alerts.stage import Stage

WINDOW = "2m"
"""In place of Grafana's `$__rate_interval`."""


def queries() -> Iterator[tuple[str, str, str]]:
    """Dashboard, panel, query."""
    for name, board in dashboards().items():
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                query = target["expr"].replace("$__rate_interval", WINDOW).replace("$namespace", ".*")
                yield name, panel["title"], query


async def without_data(stage: Stage) -> tuple[int, list[str]]:
    """How many queries there are, and which return nothing, or nothing but "not a number"."""
    asked = list(queries())
    silent = []
    for name, panel, query in asked:
        values = [float(each["value"][1]) for each in await stage.ask(query)]
        if not any(math.isfinite(value) for value in values):
            silent.append(f"{name}: {panel}: {query}")
    return len(asked), silent
