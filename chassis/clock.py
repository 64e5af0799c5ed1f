"""The one clock. Everything that decides takes `now` as an argument; only the edges ask here."""

from datetime import UTC, datetime
from typing import Any, Protocol

import asyncpg

from chassis.errors import Conflict


class Asked(Protocol):
    """A pool, or a transaction."""

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first column of the first row."""
        ...


class Clock(Protocol):
    """What time it is for the platform."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


class SystemClock:
    """Real time."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


class TestClock:
    """A calendar that is turned by hand: it stands still until it is set, and never goes back.

    The instant is kept in the service's schema, so that it survives a restart and is shared by all
    processes of the service; each refreshes its copy (`refresh`) a few times a second. Until it is first
    set, time is real.
    """

    __test__ = False

    def __init__(self) -> None:
        self._at: datetime | None = None

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._at or datetime.now(UTC)

    async def refresh(self, asked: Asked) -> None:
        """Takes over what another process of the service has set."""
        self._at = await asked.fetchval("SELECT at FROM test_clock")

    async def set(self, pool: asyncpg.Pool, at: datetime) -> None:
        """Moves the calendar forward to `at`."""
        kept = await pool.fetchval(
            "INSERT INTO test_clock (at) VALUES ($1)"
            " ON CONFLICT (one) DO UPDATE SET at = greatest(test_clock.at, excluded.at) RETURNING at",
            at,
        )
        self._at = kept
        if kept > at:
            raise Conflict(f"the test clock stands at {kept.isoformat()} and never goes back")
