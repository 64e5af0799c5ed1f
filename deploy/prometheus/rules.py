"""The alert and recording rules as they lie in `rules/`, and the same in a hurry for tests with real faults."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
FILES = (FOLDER / "rules/alerts.yaml", FOLDER / "rules/slo.yaml")
TESTS = FOLDER / "tests"
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
LEAST_WINDOW = 5
"""Seconds: a rate needs two samples, and one may come late."""

_WINDOW = re.compile(r"\[(\d+)([smhd])\]")

Groups = list[dict[str, Any]]


def groups() -> Groups:
    """All groups of rules, in the order of the files."""
    return [group for file in FILES for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]


def alerts(of: Groups | None = None) -> list[dict[str, Any]]:
    """The rules that alert."""
    return [rule for group in of or groups() for rule in group["rules"] if "alert" in rule]


def hurried(factor: int) -> Groups:
    """The same rules with each `for` and each window so many times shorter; what they compare with stays."""
    found = deepcopy(groups())
    for rule in (rule for group in found for rule in group["rules"]):
        rule["expr"] = _WINDOW.sub(
            lambda window: f"[{max(LEAST_WINDOW, _seconds(*window.groups()) // factor)}s]", rule["expr"]
        )
        if "for" in rule:
            rule["for"] = f"{max(1, _seconds(*_split(rule['for'])) // factor)}s"
    return found


def _split(duration: str) -> tuple[str, str]:
    return duration[:-1], duration[-1]


def _seconds(number: str, unit: str) -> int:
    return int(number) * SECONDS[unit]
