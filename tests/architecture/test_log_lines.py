"""Each line that the code can write is registered, with its fields, and each that is registered is written."""

import ast
from pathlib import Path

import pytest

from chassis.log_events import by_name, registered
from chassis.log_events.fields import CONTEXT, EVERYWHERE
from tests.architecture.log_calls import Call, calls_in

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("contracts", "chassis", "services", "deploy")
EXCEPTION = {"exc_info": "exception"}
BY_LIBRARIES = {"library.spoke"}
"""Written by `logs.py` for others, by no call."""
CALLS = [
    call
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "__pycache__" not in path.parts
    for call in calls_in(path, ROOT)
]
EVENTS = [(owner, event) for owner, events in registered().items() for event in events]


def fields_of(call: Call) -> set[str]:
    """What the line has beyond what every line may have; `log.exception` brings the exception along."""
    named = {EXCEPTION.get(name, name) for name in call.fields} | (
        {"exception"} if call.method == "exception" else set()
    )
    return named - {field.name for field in CONTEXT}


def test_the_calls_were_found():
    assert len(CALLS) > 50


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_line_is_registered_with_its_level_and_its_fields(call):
    event = by_name().get(call.event)
    assert event, f"{call}: register {call.event} in chassis/log_events/ or in the service's log_events.py"
    if call.method != "log":
        assert ("error" if call.method == "exception" else call.method) in event.levels
    known = {field.name for field in event.fields}
    assert fields_of(call) - known == set(), "the registry does not know these fields"
    missing = {field.name for field in event.always} - fields_of(call)
    assert missing == set(), "the registry says that these are always there"


@pytest.mark.parametrize("event", [event for _, event in EVENTS], ids=lambda event: event.name)
def test_what_is_registered_is_written_somewhere(event):
    calls = [call for call in CALLS if call.event == event.name]
    assert calls or event.name in BY_LIBRARIES
    if event.name not in BY_LIBRARIES:
        written = set().union(*(fields_of(call) for call in calls))
        assert {field.name for field in event.sometimes} - written == set(), "no call gives these fields"


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_service_writes_its_own_lines_and_the_chassis_lines_only(call):
    owner = next(owner for owner, event in EVENTS if event.name == call.event)
    assert owner == "chassis" or call.place.startswith(f"services/{owner}/")


def test_an_event_has_one_description():
    names = [event.name for _, event in EVENTS]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("event", [event for _, event in EVENTS], ids=lambda event: event.name)
def test_a_description_says_what_it_means_and_what_to_do(event):
    assert event.meaning.endswith(".")
    assert event.mend
    assert {field.name for field in event.fields} & {field.name for field in (*EVERYWHERE, *CONTEXT)} == set()


def test_a_call_whose_name_or_fields_cannot_be_read_is_refused(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("log = structlog.get_logger()\nlog.info(name)\n")
    with pytest.raises(AssertionError, match="say the event's name in the call"):
        list(calls_in(path, tmp_path))
    path.write_text("log = structlog.get_logger()\nlog.info('a.done', **everything())\n")
    with pytest.raises(AssertionError, match="cannot see"):
        list(calls_in(path, tmp_path))


def test_a_call_is_found_however_the_logger_is_called(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        "speak = get_logger()\nspeak.bind(x=1).warning('a.done', y=1)\nstructlog.get_logger().log(10, 'b.done', z=2)\n"
    )
    found = [(call.event, call.method, call.fields) for call in calls_in(path, tmp_path)]
    assert found == [("a.done", "warning", {"x", "y"}), ("b.done", "log", {"z"})]
    assert ast.parse(path.read_text())
