"""What may never stand in a log line, whatever went wrong."""

import json
import logging
from contextlib import contextmanager

import asyncpg
import pytest
import structlog
from pydantic import ValidationError

from chassis import logs
from contracts.profiles import ContactUpdated


@pytest.fixture
def written(capsys):
    """The lines that were written, as text."""
    with lines_as_in_production():
        yield lambda: capsys.readouterr().out


@contextmanager
def lines_as_in_production():
    before = structlog.get_config()
    logs.configure(service="test", instance="test-1", level="info")
    yield
    structlog.configure(**before)


def refused_by_postgres():
    error = asyncpg.CheckViolationError("new row violates a check")
    error.detail = "Failing row contains (p-1, Ann Example, 1971-02-03)."
    raise error


def refused_by_contract():
    ContactUpdated.read('{"person_id": "p-1", "name": 7, "email": {"secret": "Ann Example"}}')


@pytest.mark.parametrize("refusing", [refused_by_postgres, refused_by_contract])
def test_an_error_is_logged_without_what_it_refused(written, refusing):
    try:
        refusing()
    except (asyncpg.PostgresError, ValidationError) as error:
        structlog.get_logger().error("event.failed", exc_info=error)
    line = written()
    assert '"event": "event.failed"' in line
    assert type_named(line)
    assert "Ann" not in line
    assert "1971" not in line


def type_named(line):
    return "CheckViolationError" in line or "ValidationError" in line


def test_a_line_is_written_with_its_end_at_once(monkeypatch):
    """A process that is killed between the two would leave the next one's first line behind half of one."""
    calls = []
    with lines_as_in_production(), monkeypatch.context() as patched:
        patched.setattr("sys.stdout.write", calls.append)
        structlog.get_logger().info("service.stopped")
    (line,) = calls
    assert line.endswith("}\n")


def test_what_a_library_says_has_the_form_of_every_line_and_none_of_its_extras(capsys):
    with lines_as_in_production():
        logging.getLogger("some.library").warning("pool is full", extra={"user": "Ann Example"})
    (spoken,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert {**spoken, "timestamp": ""} == {
        "service": "test",
        "instance": "test-1",
        "event": "library.spoke",
        "message": "pool is full",
        "logger": "some.library",
        "level": "warning",
        "timestamp": "",
    }
