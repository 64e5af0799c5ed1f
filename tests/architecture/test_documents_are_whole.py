"""What people read is there, fresh, and leads somewhere."""

import ast
import re
from pathlib import Path

import pytest

from contracts.registry import EVENTS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "services").glob("*/README.md")])
DECISION = ("## Situation", "## Options", "## Choice", "## When to look again")


@pytest.mark.parametrize("name", ["events.md", "asyncapi.yaml"])
def test_the_subscribers_documents_mention_every_event(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert [event.event_type() for event in EVENTS if event.event_type() not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", sorted((ROOT / "docs/decisions").glob("0*.md")), ids=lambda page: page.stem)
def test_a_decision_has_its_four_parts(page):
    text = page.read_text(encoding="utf-8")
    places = [text.find(part) for part in DECISION]
    assert -1 not in places
    assert places == sorted(places)


def test_no_two_decisions_have_the_same_number():
    numbers = [page.stem[:4] for page in (ROOT / "docs/decisions").glob("0*.md")]
    assert len(numbers) == len(set(numbers))


def test_the_subscribers_example_uses_none_of_our_code_and_is_short():
    path = ROOT / "docs/examples/subscriber.py"
    text = path.read_text(encoding="utf-8")
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
        if name
    }
    assert not imported & {"contracts", "chassis", "services", "deploy", "faststream", "aiokafka", "pydantic"}
    assert len(text.splitlines()) < 80


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"])
def test_a_newcomer_finds_the_usual_pages(name):
    assert (ROOT / name).is_file()
