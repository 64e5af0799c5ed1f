"""Why something about an offer is not possible, as a caller reads it."""

from datetime import datetime

from chassis.errors import Conflict, Invalid, NotFound
from services.matching.domain.match import Match, State


class CannotAnswer(Conflict):
    """The offer cannot be answered (any more)."""


class CannotWithdraw(Conflict):
    """The offer cannot be taken back by this caller."""


class CannotAsk(Conflict):
    """The mentee cannot ask that mentor."""


class CannotRun(Conflict):
    """The cohort cannot be matched, or its offers not released, right now."""


class CannotRule(Conflict):
    """The pair cannot be pinned."""


class ProgramIsClosed(Conflict):
    """The program takes nobody any more."""


class NoSuchMatch(NotFound):
    """No match that the caller may see has this id."""


class NoSuchProgram(NotFound):
    """No program that the caller may see has this id."""


class NoSuchRun(NotFound):
    """No run that the caller may see has this id."""


class NoSuchWhatIf(NotFound):
    """No what-if that the caller may see has this id."""


class NoSuchPerson(NotFound):
    """Nobody that the caller may see has this id."""


class RankIsTaken(Invalid):
    """The mentee gave this rank to another mentor."""


class WrongPolicy(Invalid):
    """The policy does not make sense; the sentence says how to mend it."""


_WITHDRAWN = {
    "by-mentee": "the mentee took it back",
    "by-coordinator": "a coordinator took it back",
    "seat-taken": "the last seat of this mentor was taken",
    "person-left": "one of the two has left",
    "rule-broken": "a rule of the program no longer allows this pair",
    "program-closed": "the program was closed",
}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NO_SEAT_LEFT = "the last seat of this mentor was taken; look at the other candidates"


REFUSED_BY_YOU = (
    "You refused this mentor; take that back with DELETE /v1/programs/{program_id}/choices/{mentor_id},"
    " and they can be proposed to you again."
)
"""For the mentee alone; everybody else reads of a pair that cannot be."""


def on_day(at: datetime) -> str:
    """`14 January 2027`, whatever the locale of the machine."""
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def why_closed(match: Match) -> str:
    """Why an offer can no longer be answered."""
    if match.state is State.PROPOSED:
        return f"this offer lapsed on {on_day(match.expires_at)}; look at the other candidates"
    day = on_day(match.closed_at) if match.closed_at else ""
    if match.state is State.WITHDRAWN:
        return f"this offer was withdrawn on {day}: {_WITHDRAWN[match.reason or 'by-coordinator']}"
    return {
        State.LAPSED: f"this offer lapsed on {on_day(match.expires_at)}; look at the other candidates",
        State.DECLINED: f"this offer was declined on {day}",
        State.ACCEPTED: "both have already accepted this offer",
        State.ENDED: f"this pair was accepted and ended on {day}",
    }[match.state]
