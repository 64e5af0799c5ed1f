"""What the engagement service tells: the story of each pair from start to end."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from contracts.event import Event, Instant, Part, PersonId, about
from contracts.matching import MATCH_EXAMPLE, MatchId
from contracts.programs import PROGRAM_EXAMPLE, ProgramId
from contracts.topics import RELATIONSHIP, Topic

RelationshipId = UUID
MeetingId = UUID
CheckinId = UUID

Rhythm = Literal["weekly", "every-two-weeks", "monthly", "quarterly"]
Channel = Literal["in-person", "video", "phone", "chat"]
AgreementField = Literal["rhythm", "channel", "focus", "weeks"]
Ending = Literal["completed", "ended", "person-left"]
MOST_FOCUS = 3

_RELATIONSHIP_ID = "0192f0c4-7a1e-7c3b-9d55-0242ac120004"
_MEETING_ID = "0192f0c4-7a1e-7c3b-9d55-0242ac120005"
_CHECKIN_ID = "0192f0c4-7a1e-7c3b-9d55-0242ac120006"


class RelationshipEvent(Event):
    """Something in the life of one pair."""

    topic: ClassVar[Topic] = RELATIONSHIP
    relationship_id: RelationshipId = about("the relationship", example=_RELATIONSHIP_ID)
    match_id: MatchId = about("the match it grew from", example=MATCH_EXAMPLE)
    program_id: ProgramId = about("its program", example=PROGRAM_EXAMPLE)
    mentee_id: PersonId = about("who learns", example="p-0042")
    mentor_id: PersonId = about("who teaches", example="p-0007")


class RelationshipStarted(RelationshipEvent):
    """A pair begins; both are asked to fill the agreement.

    Told right after `match-accepted`.
    """

    starts_on: date = about("first day", example="2027-01-12")
    ends_on: date = about("last day", example="2027-04-06")
    agreement_due_at: Instant = about("when both should have agreed", example="2027-01-19T16:00:00Z")


class RelationshipClosed(RelationshipEvent):
    """A pair ended. Who ended it is told to nobody.

    Told when its time is over, when either ends it, or when one of them leaves the company.
    """

    reason: Ending = about("how it ended", example="completed")


class Agreement(Part):
    """What two people want of their time together."""

    rhythm: Rhythm = about("how often they meet", example="every-two-weeks")
    channel: Channel = about("how they meet", example="video")
    focus: tuple[str, ...] = about("what they work on", example=["negotiation"], min_length=1, max_length=MOST_FOCUS)
    weeks: int = about("for how long", example=12, unit="weeks", ge=1, le=260)


_AGREEMENT = {"rhythm": "every-two-weeks", "channel": "video", "focus": ["negotiation"], "weeks": 12}


class AgreementDue(RelationshipEvent):
    """The agreement is not signed yet though its time is over; both are reminded.

    Told on the day set by the program's cadence (7 days after the start), unless it is signed.
    """


class AgreementSigned(RelationshipEvent):
    """Both sides want the same.

    Told when the second side's answer, or a change of either, makes both equal.
    """

    agreement: Agreement = about("what they agreed on", example=_AGREEMENT)


class AgreementDiverged(RelationshipEvent):
    """Both sides have answered, and they differ: time to talk.

    Told when both sides are in and differ, and again after a change that leaves a difference.
    """

    fields: tuple[AgreementField, ...] = about("where they differ", example=["rhythm"], min_length=1)
    steps: dict[AgreementField, int] = about("how far apart they are", example={"rhythm": 2}, unit="steps")


class MeetingEvent(RelationshipEvent):
    """Something about one meeting of a pair."""

    meeting_id: MeetingId = about("the meeting", example=_MEETING_ID)


class MeetingScheduled(MeetingEvent):
    """A meeting was put into the calendar, or moved (`revision` above 0).

    Told when either of the pair books or moves a meeting.
    """

    starts_at: Instant = about("begin", example="2027-01-20T14:00:00Z")
    ends_at: Instant = about("end", example="2027-01-20T15:00:00Z")
    channel: Channel = about("how they meet", example="video")
    revision: int = about("rises with each move", example=0, unit="moves", default=0, ge=0)


class MeetingHeld(MeetingEvent):
    """They met.

    Told when either of the pair says so.
    """

    held_at: Instant = about("when", example="2027-01-20T14:00:00Z")


class MeetingCancelled(MeetingEvent):
    """The meeting will not take place.

    Told when either of the pair cancels it, or when the relationship closes before it.
    """

    starts_at: Instant = about("when it would have begun", example="2027-01-20T14:00:00Z")
    ends_at: Instant = about("when it would have ended", example="2027-01-20T15:00:00Z")
    channel: Channel = about("how they would have met", example="video")
    revision: int = about("one above the last one scheduled", example=1, unit="moves", ge=1)


class CheckinEvent(RelationshipEvent):
    """Something about one person's check-in."""

    checkin_id: CheckinId = about("the check-in", example=_CHECKIN_ID)
    person_id: PersonId = about("whose check-in it is", example="p-0042")
    number: int = about("first, second, …", example=1, unit="check-ins", ge=1)
    due_at: Instant = about("when it was asked", example="2027-01-26T08:00:00Z")


class CheckinDue(CheckinEvent):
    """Somebody is asked how it goes.

    Told on the days set by the program's cadence (14, 45, then every 45 days), once for each of the pair.
    """

    answer_by_at: Instant = about("when it counts as missed", example="2027-01-28T08:00:00Z")


class CheckinCompleted(CheckinEvent):
    """Somebody said how it goes. What they said stays with the pair and those it was meant for.

    Told when the person answers.
    """


class CheckinMissed(CheckinEvent):
    """Nobody answered in time. Two in a row reach the coordinator.

    Told when the grace is over (2 days) without an answer.
    """

    missed_in_a_row: int = about("of this person in this pair", example=1, unit="check-ins", ge=1)
