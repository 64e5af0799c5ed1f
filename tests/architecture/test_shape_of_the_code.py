"""Files, names and sizes as promised to a newcomer."""

import ast
import re
from pathlib import Path

import pytest

from contracts.registry import EVENTS
from contracts.topics import TOPICS

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("profiles", "matching", "engagement", "notifications", "webhooks")
ANATOMY = ("README.md", "__main__.py", "events.py", "api", "handlers", "store", "domain", "migrations")
CODE = sorted(
    path
    for folder in ("contracts", "chassis", "services", "deploy", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
MOST_LINES = 300
ENDED = re.compile(r"-(\w+ed|left|held|sent|withdrawn|due)$")
"""An event is a fact: its name ends in a past tense. `due` is one too: the moment has come."""


@pytest.mark.parametrize("part", ANATOMY)
@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_parts(service, part):
    home = ROOT / "services" / service
    assert (home / part).exists() or (home / f"{part}.py").is_file(), f"{service} has no {part}"


def test_a_file_is_read_at_a_sitting():
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_a_module_says_what_it_holds():
    silent = [
        str(path.relative_to(ROOT))
        for path in CODE
        if path.relative_to(ROOT).parts[0] in ("contracts", "chassis", "services")
        and path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_module_of_ours_prints():
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in CODE
        if path.relative_to(ROOT).parts[0] in ("contracts", "chassis", "services")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == [], "log what happened; the command line speaks through typer"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_name())
def test_an_event_is_named_in_the_past_tense(event):
    assert ENDED.search(event.event_name())


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_is_named_for_its_service_its_noun_and_its_major_version(topic):
    assert re.fullmatch(rf"{topic.owner}\.[a-z]+\.v\d+", topic.name)
    assert topic.key == f"{topic.name.split('.')[1]}_id" or topic.name == "profiles.contact.v1"


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_are_numbered_and_named(service):
    versions = (ROOT / "services" / service / "migrations" / "versions").glob("*.py")
    names = [path.name for path in versions if path.name != "__init__.py"]
    assert names
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in names), names


def test_a_test_is_named_for_its_promise():
    unclear = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and len(node.name.split("_")) < 4
    ]
    assert unclear == []
