"""All dashboards by name, and the files they lie in."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from deploy.grafana import matching, overview, service
from deploy.grafana.model import board
from deploy.local.roles import SERVICES

FOLDER = Path("deploy/grafana")


def dashboards() -> dict[str, dict[str, Any]]:
    """Each dashboard's JSON by its name."""
    found = {
        "overview": board("overview", "overview", "Is everything well, and if not, where?", overview.ROWS),
        "cohorts": board("cohorts", "cohort runs and offers", "What matching computes.", matching.ROWS),
    }
    for name in SERVICES:
        described = import_module(f"services.{name}.__main__").SERVICE
        found[name] = board(name, name, described.about, list(service.rows(described)))
    return found


def files() -> dict[Path, str]:
    """Each dashboard as it lies in the repository."""
    return {
        FOLDER / f"{name}.json": json.dumps(made, indent=1, ensure_ascii=False) + "\n"
        for name, made in dashboards().items()
    }
