"""When a letter goes out: at once, by itself in working hours, or with the next digest."""

from dataclasses import replace
from datetime import datetime, time, timedelta

from chassis.calendar import at_local, is_working_day, local_day, next_working_time
from services.notifications.domain.letter import Letter, Pace, Status
from services.notifications.domain.recipient import Recipient

DIGEST_TIME = time(8, 0)
SOON = timedelta(hours=24)
WAITS_FOR_ADDRESS = timedelta(days=7)
STALE_AFTER = timedelta(days=7)
_SEARCHED_DAYS = 400


def plan(letter: Letter, to: Recipient, *, partner_known: bool, now: datetime) -> Letter:
    """Decides what becomes of an open letter, from what is known now.

    Asked again whenever something about the person changes; the answer depends on its arguments only.
    """
    why_not = _why_not(letter, to, now)
    if why_not:
        return replace(letter, status=Status.SUPPRESSED, reason=why_not, send_at=None, done_at=now)
    if not (to.reachable and partner_known):
        until = letter.planned_at + WAITS_FOR_ADDRESS
        return replace(letter, status=Status.UNADDRESSED, send_at=until, budgeted=False)
    at = max(now, letter.planned_at + letter.draft.delay)
    return _timed(letter, to, at)


def plan_anew(letter: Letter, to: Recipient, *, partner_known: bool, now: datetime) -> Letter:
    """The same question after something about the person changed; what is on its way is left alone."""
    why_not = _why_not(letter, to, now)
    if why_not or letter.status is Status.UNADDRESSED:
        return plan(letter, to, partner_known=partner_known, now=now)
    on_its_way = letter.status is Status.COLLECTED or letter.attempts or (letter.send_at or now) <= now
    if on_its_way:
        return letter
    if letter.reason == "budget":
        return replace(letter, send_at=next_digest(now, to))
    return plan(letter, to, partner_known=partner_known, now=now)


def _why_not(letter: Letter, to: Recipient, now: datetime) -> str | None:
    if to.left:
        return "person-left"
    if letter.draft.void_at is not None and letter.draft.void_at <= now:
        return "outdated"
    if letter.planned_at - letter.cause.happened_at > STALE_AFTER:
        # Somebody rebuilds this service from the topics: nobody wants last year's letters again.
        return "outdated"
    return "preference" if letter.template in to.preferences.muted else None


def _timed(letter: Letter, to: Recipient, at: datetime) -> Letter:
    by_itself = next_working_time(at, to.zone, to.hours, to.country)
    know_by, pace = letter.draft.know_by_at, letter.draft.pace
    if pace is Pace.AT_ONCE and is_soon(know_by, at):
        return replace(letter, status=Status.PLANNED, send_at=at, budgeted=False)
    digest = next_digest(at, to)
    if pace is Pace.DIGEST or to.preferences.digest_only:
        in_time = know_by is None or digest + SOON <= know_by
        if in_time or digest <= by_itself:
            return replace(letter, status=Status.WAITING, send_at=digest, budgeted=False)
    return replace(letter, status=Status.PLANNED, send_at=by_itself, budgeted=pace is not Pace.AT_ONCE)


def is_soon(what_at: datetime | None, now: datetime) -> bool:
    """Whether it happens within the next 24 hours."""
    return what_at is not None and what_at - now <= SOON


def next_digest(at: datetime, to: Recipient) -> datetime:
    """The first digest time after `at`: 08:00 local, on a working day.

    Strictly after, so that a letter never depends on whether it came a moment before or after the digest left.
    """
    day = local_day(at, to.zone)
    for step in range(_SEARCHED_DAYS):
        morning = day + timedelta(days=step)
        digest = at_local(morning, DIGEST_TIME, to.zone)
        if digest > at and is_working_day(morning, to.hours, to.country):
            return digest
    raise ValueError("these working hours never come")


def hold_back(letter: Letter, to: Recipient, *, now: datetime) -> Letter:
    """What the budget has no room for goes into the next digest."""
    return replace(letter, status=Status.WAITING, reason="budget", send_at=next_digest(now, to), budgeted=False)
