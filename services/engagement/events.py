"""What engagement hears, tells, and wants to be woken for."""

from chassis.consumer import on, on_each_batch
from chassis.recall import recall
from chassis.timers import at
from contracts.engagement import (
    AgreementDiverged,
    AgreementDue,
    AgreementSigned,
    CheckinCompleted,
    CheckinDue,
    CheckinMissed,
    MeetingCancelled,
    MeetingHeld,
    MeetingScheduled,
    RelationshipClosed,
    RelationshipStarted,
)
from contracts.matching import MatchAccepted, MatchWithdrawn, ProgramClosed, ProgramOpened, ProgramUpdated
from contracts.profiles import PersonLeft, ProfileUpdated
from services.engagement.domain.timer import Timer
from services.engagement.handlers import agreeing, checking_in, closing, knowing, recalling, starting

HEARS = (
    on(MatchAccepted, starting.start_pair),
    on(MatchWithdrawn, closing.call_off),
    on(PersonLeft, closing.let_go),
    on_each_batch(ProfileUpdated, knowing.take_up_profiles),
    on_each_batch(ProgramOpened, knowing.take_up_program),
    on_each_batch(ProgramUpdated, knowing.take_up_program),
    on_each_batch(ProgramClosed, knowing.take_up_program),
)

TELLS = (
    RelationshipStarted,
    AgreementDue,
    AgreementSigned,
    AgreementDiverged,
    MeetingScheduled,
    MeetingHeld,
    MeetingCancelled,
    CheckinDue,
    CheckinCompleted,
    CheckinMissed,
    RelationshipClosed,
)

RECALLS = (
    recall(AgreementSigned, recalling.sign),
    recall(MeetingScheduled, recalling.put_into_calendar),
    recall(MeetingCancelled, recalling.put_into_calendar),
    recall(MeetingHeld, recalling.hold),
    recall(RelationshipClosed, recalling.close),
)

TIMERS = (
    at(Timer.AGREEMENT_DUE, agreeing.remind_to_agree),
    at(Timer.AGREEMENT_OVERDUE, agreeing.hand_over_agreement),
    at(Timer.CHECKIN_DUE, checking_in.ask_checkin),
    at(Timer.CHECKIN_MISSED, checking_in.miss_checkin),
    at(Timer.RELATIONSHIP_ENDS, closing.close_completed),
)
