"""Holds every line that any test makes our code write against what is published of log lines."""

import json
from typing import Any

import jsonschema_rs
import structlog

from chassis.log_events import registered
from chassis.log_events.schema import schema


class Watched:
    """A processor before the last one. It keeps what is wrong, and drops what nobody wants to read in a test."""

    def __init__(self) -> None:
        self._validator = jsonschema_rs.Draft202012Validator(schema(), validate_formats=True)
        self._owners = {event.name: owner for owner, events in registered().items() for event in events}
        self.wrong: list[str] = []

    def __call__(self, _logger: Any, method: str, line: Any) -> Any:
        # Tests say whose line it is by their own name; each service's own lines say it themselves.
        whose = self._owners.get(line["event"], "chassis")
        named = line if whose == "chassis" else {**line, "service": whose}
        text = structlog.processors.JSONRenderer()(None, method, named)
        error = next(iter(self._validator.iter_errors(json.loads(text))), None)
        if error:
            self.wrong.append(f"{error.message}: {text}")
        if method in ("debug", "info"):
            raise structlog.DropEvent
        return line


def watch() -> Watched:
    """Watches from now on whatever logger is made."""
    watched = Watched()
    *first, last = structlog.get_config()["processors"]
    structlog.configure(processors=[*first, watched, last])
    return watched
