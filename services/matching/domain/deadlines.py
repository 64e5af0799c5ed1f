"""Until when somebody may answer, in their own working days, and what a pair starts with."""

from datetime import datetime

from chassis import calendar
from contracts.matching import Policy, Terms
from contracts.profiles import ProfileUpdated
from services.matching.domain.match import Ask

REMINDED_AT = (0.5, 0.85)
"""Shares of the time to answer after which a silent side is asked again."""


def ask(person: ProfileUpdated, policy: Policy, *, now: datetime, accepted: bool = False) -> Ask:
    """Puts the question to one side; whoever asked themselves has already accepted."""
    days = policy.cadence.offer_working_days
    return Ask(
        person_id=person.person_id,
        answer_by=_after(person, now, days),
        reminders=tuple(_after(person, now, days * share) for share in REMINDED_AT),
        accepted_at=now if accepted else None,
    )


def _after(person: ProfileUpdated, start: datetime, days: float) -> datetime:
    hours = calendar.parse_working_hours(person.working_hours) if person.working_hours else calendar.DEFAULT
    return calendar.add_working_days(start, days, person.time_zone, hours, person.country)


def terms(policy: Policy, mentee: ProfileUpdated, mentor: ProfileUpdated, *, now: datetime) -> Terms:
    """What a pair that begins now starts with: the mentee's day, or the program's first day if that is later."""
    return Terms(
        starts_on=max(calendar.local_day(now, mentee.time_zone), policy.starts_on),
        length_weeks=policy.length_weeks,
        cadence=policy.cadence,
        mentee_time_zone=mentee.time_zone,
        mentor_time_zone=mentor.time_zone,
    )
