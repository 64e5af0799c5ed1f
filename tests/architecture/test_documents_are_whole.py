"""What people read is there, fresh, and leads somewhere."""

import re
from pathlib import Path

import pytest

from contracts.registry import EVENTS
from deploy.subscribers.clients import LANGUAGES, sources

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "services").glob("*/README.md")])
BUILD_FILES = {
    "python": {"requirements.txt"},
    "java": {"pom.xml"},
    "go": {"go.mod", "go.sum"},
    "typescript": {"package.json", "tsconfig.json", ".npmrc"},
}
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_subscribers_client_is_short_and_uses_none_of_our_code(language):
    (client,) = [path for path in sources(language) if path.stem.lower() == "subscriber"]
    text = client.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 80
    assert max(map(len, text.splitlines())) <= 130
    ours = r"^\s*(?:from|import)\b.*\b(contracts|chassis|services|deploy|faststream|aiokafka)\b"
    assert re.findall(ours, text, re.MULTILINE) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_subscribers_client_pins_its_libraries_and_names_no_place_to_download_from(language):
    builds = [path for path in sources(language) if path.stem.lower() != "subscriber"]
    text = "".join(path.read_text(encoding="utf-8") for path in builds)
    assert not re.search(r"https?://(?!maven\.apache\.org/POM/)", text)
    assert not re.search(r"[\^~]\d|latest|LATEST|RELEASE|SNAPSHOT", text)
    assert {path.name for path in builds} >= BUILD_FILES[language]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"])
def test_a_newcomer_finds_the_usual_pages(name):
    assert (ROOT / name).is_file()
