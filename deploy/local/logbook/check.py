"""Whether every line of ours is one of those that are described; the lines of servers are not ours."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from chassis.log_events.schema import schema
from deploy.local.logbook.files import lines_of
from deploy.local.problems import LocalError
from deploy.local.roles import SERVICES

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = 10


@dataclass
class Checked:
    """How many lines of each service there were, and what is wrong with which."""

    lines: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counted = ", ".join(f"{count:,} of {name}".replace(",", " ") for name, count in self.lines.items())
        said = f"{sum(self.lines.values())} log lines ({counted}), {len(self.events)} kinds:"
        if not self.wrong:
            return f"{said} each is as docs/logs.md says."
        more = [f"and {len(self.wrong) - SHOWN} more"] if len(self.wrong) > SHOWN else []
        return "\n".join([f"{said} {len(self.wrong)} are not as docs/logs.md says.", *self.wrong[:SHOWN], *more])


def check(folder: Path) -> Checked:
    """Holds every line of every service against the schema of docs/logs.schema.json."""
    validator = jsonschema_rs.Draft202012Validator(schema(), validate_formats=True)
    checked = Checked()
    for name in SERVICES:
        path = folder / f"{name}.log"
        for number, line in enumerate(lines_of(path) if path.exists() else (), 1):
            checked.lines[name] += 1
            problem = _problem(validator, line, checked)
            if problem:
                checked.wrong.append(f"{name}.log line {number}: {problem}: {line[:300]}")
    if not checked.lines:
        raise LocalError(f"There is no line of a service in {folder}. `make up` or `make demo` writes some.")
    return checked


def _problem(validator: Any, line: str, checked: Checked) -> str:
    try:
        found = json.loads(line)
    except ValueError:
        return "it is no JSON"
    problems = [error.message for error in validator.iter_errors(found)]
    checked.events[str(found.get("event") if isinstance(found, dict) else found)] += 1
    return "; ".join(problems)
