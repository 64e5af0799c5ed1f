"""The contracts as documents: pages for people, AsyncAPI and JSON Schemas for machines, a gate against breaks.

Log lines are a contract too, with those who read them: their page and schema are made here as well.

The page of the metrics is made from their declarations.

`write` makes the documents, `stale` says which are not fresh. Both give the same for the same contracts.
"""

import json
from pathlib import Path

from chassis.contract_docs.asyncapi import as_yaml
from chassis.contract_docs.metrics_page import metrics_page
from chassis.contract_docs.page import page
from chassis.contract_docs.schemas import schema_of
from chassis.log_events.lnav import lnav_format
from chassis.log_events.page import page as logs_page
from chassis.log_events.schema import schema as log_line
from contracts.registry import EVENTS

SCHEMAS = Path("docs/schemas")


def documents() -> dict[Path, str]:
    """Every generated document, by its place in the repository."""
    made = {Path("docs/events.md"): page(), Path("docs/asyncapi.yaml"): as_yaml()}
    made[Path("docs/metrics.md")] = metrics_page()
    made |= {Path("docs/logs.md"): logs_page(), Path("docs/logs.schema.json"): as_json(log_line())}
    made[Path("deploy/lnav/mentoring.json")] = as_json(lnav_format())
    for event in EVENTS:
        made[SCHEMAS / f"{event.event_type()}.json"] = as_json(schema_of(event))
    return made


def as_json(value: object) -> str:
    """JSON as it lies in the repository."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def write(root: Path) -> list[Path]:
    """Writes what is not fresh, removes schemas of events that are gone; answers the paths it touched."""
    wanted = documents()
    touched = stale(root)
    for path in touched:
        if path in wanted:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(wanted[path], encoding="utf-8")
        else:
            (root / path).unlink()
    return touched


def stale(root: Path) -> list[Path]:
    """The documents that differ from the contracts, are missing, or belong to no event any more."""
    wanted = documents()
    differing = [path for path, text in wanted.items() if not _same(root / path, text)]
    there = {path.relative_to(root) for path in (root / SCHEMAS).glob("*.json")}
    return sorted({*differing, *(there - set(wanted))})


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
