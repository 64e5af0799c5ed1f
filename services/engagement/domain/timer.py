"""What the service wants to be woken for."""

from enum import StrEnum


class Timer(StrEnum):
    """Kinds of timers; keyed by the relationship's id, those of check-ins by the check-in's."""

    AGREEMENT_DUE = "agreement-due"
    AGREEMENT_OVERDUE = "agreement-overdue"
    CHECKIN_DUE = "checkin-due"
    CHECKIN_MISSED = "checkin-missed"
    RELATIONSHIP_ENDS = "relationship-ends"


OF_A_RELATIONSHIP = (Timer.AGREEMENT_DUE, Timer.AGREEMENT_OVERDUE, Timer.RELATIONSHIP_ENDS)
OF_A_CHECKIN = (Timer.CHECKIN_DUE, Timer.CHECKIN_MISSED)
