"""Every line that a process may write: its name, its fields, what it means for people, what to do about it.

The lines of the chassis stand here; a service adds its own in `services/<name>/log_events.py`. `docs/logs.md` and
`docs/logs.schema.json` are made from them, and `tests/architecture` holds the code against them.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from chassis.log_events import of_events, of_http, of_positions, of_processes
from chassis.log_events.model import LogEvent

CHASSIS = (*of_processes.LOG_EVENTS, *of_http.LOG_EVENTS, *of_events.LOG_EVENTS, *of_positions.LOG_EVENTS)
_SERVICES = Path(__file__).resolve().parents[2] / "services"


@cache
def registered() -> Mapping[str, tuple[LogEvent, ...]]:
    """Whose lines there are: first the chassis', which every service writes, then each service's own."""
    places = sorted(_SERVICES.glob("*/log_events.py"))
    # Found by their place: the chassis knows no service by name.
    own = {place.parent.name: import_module(f"services.{place.parent.name}.log_events") for place in places}
    return {"chassis": CHASSIS} | {name: tuple(module.LOG_EVENTS) for name, module in own.items()}


def by_name() -> dict[str, LogEvent]:
    """Every line, by the name of its event."""
    return {event.name: event for events in registered().values() for event in events}
