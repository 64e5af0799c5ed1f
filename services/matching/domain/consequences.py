"""What an acceptance ends besides the question itself."""

from collections.abc import Sequence
from datetime import datetime

from contracts.matching import Withdrawal
from services.matching.domain import offers
from services.matching.domain.match import Match, State


def of_acceptance(accepted: Match, around: Sequence[Match], *, seats_left: int, now: datetime) -> list[offers.Decided]:
    """Withdraws the mentee's other offers in the program, and with the last seat all requests to that mentor."""
    others = [m for m in around if m.match_id != accepted.match_id and m.state is State.PROPOSED]
    return [
        offers.withdraw(other, reason=reason, now=now)
        for other in others
        if (reason := _reason(accepted, other, seats_left))
    ]


def _reason(accepted: Match, other: Match, seats_left: int) -> Withdrawal | None:
    if (other.mentee.person_id, other.program_id) == (accepted.mentee.person_id, accepted.program_id):
        return "by-mentee"
    asks_the_same = other.origin == "request" and other.mentor.person_id == accepted.mentor.person_id
    return "seat-taken" if asks_the_same and seats_left < 1 else None
