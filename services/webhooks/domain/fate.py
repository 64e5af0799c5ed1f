"""What becomes of a delivery after one attempt: when it is tried again, and whether its receiver rests or is paused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from contracts.webhooks import PauseReason

Kind = Literal["taken", "refused", "busy", "gone", "no-answer", "address-refused"]

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
"""Between two attempts at an event that the receiver refuses."""
LONGEST_REST = timedelta(minutes=5)
"""Between two attempts at a receiver that is away: so long after it is back the first event comes."""
LONGEST_ASKED = timedelta(days=1)
"""Of `Retry-After`."""
GIVE_UP_AFTER = timedelta(days=3)
_BUSY = frozenset({429, 502, 503, 504})
_TAKEN = range(200, 300)
_GONE = 410


@dataclass(frozen=True)
class Outcome:
    """What the receiver said, or that it said nothing."""

    kind: Kind
    status: int | None = None
    retry_after: timedelta | None = None

    @property
    def is_about_the_receiver(self) -> bool:
        """Whether another event would fare no better now."""
        return self.kind in ("busy", "no-answer", "address-refused")


@dataclass(frozen=True, kw_only=True)
class Past:
    """What went before this attempt, for its story and for its receiver."""

    attempts: int = 0
    """At the same event."""
    first_failed_at: datetime | None = None
    failing_since: datetime | None = None
    """Of the receiver: since when it has taken nothing at all."""
    failures: int = 0
    """Of the receiver in a row, in different stories."""
    same_story: bool = False
    """Whether the receiver's last failure was in this story, too."""
    resting: bool = False
    """Whether the receiver rests already, because of a request that was under way beside this one."""


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What follows from a failed attempt."""

    due_at: datetime
    """When this story is looked at again."""
    rest_until: datetime | None
    """Until when the receiver is asked for nothing."""
    failures: int
    first_failed_at: datetime
    failing_since: datetime
    pause: PauseReason | None = None


def outcome_of(status: int, retry_after: timedelta | None = None) -> Outcome:
    """The outcome that a status means: 2xx is a yes, whatever stands in the body."""
    if status in _TAKEN:
        return Outcome("taken", status)
    if status == _GONE:
        return Outcome("gone", status)
    return Outcome("busy" if status in _BUSY else "refused", status, retry_after)


def after_failure(past: Past, outcome: Outcome, *, now: datetime, luck: float) -> Fate:
    """A receiver that is away rests as a whole; one that refuses an event goes on with other stories.

    A single story that fails again and again never makes the others wait: only failures in different stories
    prolong the rest, and those of requests that were under way together count as one. `luck` is from 0 to 1.
    """
    about_all = outcome.is_about_the_receiver
    another = about_all and not past.same_story
    counts = another and not past.resting
    failures = past.failures + counts
    tries = failures if another else past.attempts + 1
    wait = back_off(tries, luck=luck, longest=LONGEST_REST if about_all else LONGEST_WAIT)
    asked = min(outcome.retry_after or timedelta(0), LONGEST_ASKED)
    due_at = now + max(wait, asked)
    rests = about_all and (asked > timedelta(0) or counts)
    first, since = past.first_failed_at or now, past.failing_since or now
    return Fate(
        due_at=due_at,
        rest_until=due_at if rests else None,
        failures=failures,
        first_failed_at=first,
        failing_since=since,
        pause=_pause(outcome, now - min(first, since)),
    )


def back_off(tries: int, *, luck: float, longest: timedelta) -> timedelta:
    """5 seconds, doubled each time up to `longest`, less up to a quarter so that many do not come together."""
    doublings = min(max(tries, 1) - 1, 20)
    return min(FIRST_WAIT * (1 << doublings), longest) * (0.75 + luck / 4)


def _pause(outcome: Outcome, failing_for: timedelta) -> PauseReason | None:
    if outcome.kind == "gone":
        return "gone"
    return "gave-up" if failing_for >= GIVE_UP_AFTER else None
