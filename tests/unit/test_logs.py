"""What may never stand in a log line, whatever went wrong."""

import asyncpg
import pytest
import structlog
from pydantic import ValidationError

from chassis import logs
from contracts.profiles import ContactUpdated


@pytest.fixture
def written(capsys):
    """The lines that were written, as text."""
    logs.configure(service="test", instance="test-1", level="info")
    yield lambda: capsys.readouterr().out
    structlog.reset_defaults()


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
