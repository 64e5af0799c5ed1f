"""The service's calendar is wrong by so many seconds: what it decides by, and what it stamps on its events."""

from datetime import UTC, datetime, timedelta


def skew(seconds: float) -> None:
    """Every later look at the calendar is off by that much.

    Whoever checks tokens still sees the true time: with a clock that is an hour off everybody is refused, and
    rightly so, but nothing would be told.
    """
    from chassis.clock import SystemClock

    def now(_clock: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds)

    SystemClock.now = now  # type: ignore[method-assign]
