"""What the matching service tells: cohort runs, offers and their end. Its programs: `programs.py`."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from contracts.event import Event, Instant, Part, PersonId, Text, about
from contracts.programs import (
    PROGRAM_EXAMPLE,
    Cadence,
    Fairness,
    Policy,
    ProgramClosed,
    ProgramEvent,
    ProgramId,
    ProgramOpened,
    ProgramUpdated,
    Rules,
    Weights,
)
from contracts.topics import MATCH, RUN, SHORTLIST, Topic

# Programs are matching's too; whoever looks for them here finds them.
__all__ = [
    "Cadence",
    "Fairness",
    "Policy",
    "ProgramClosed",
    "ProgramEvent",
    "ProgramId",
    "ProgramOpened",
    "ProgramUpdated",
    "Rules",
    "Weights",
]

RunId = UUID
MatchId = UUID
ShortlistId = UUID

Origin = Literal["run", "shortlist", "request"]
Withdrawal = Literal["by-mentee", "by-coordinator", "seat-taken", "person-left", "rule-broken", "program-closed"]
SCORE_SCALE = 10_000_000
"""A score of 1.0 on the wire: scores and their parts are whole numbers, so that they add up exactly."""

MATCH_EXAMPLE = "0192f0c4-7a1e-7c3b-9d55-0242ac120003"
_RUN_ID = "0192f0c4-7a1e-7c3b-9d55-0242ac120002"
_SCORE = "ten-millionths (10 000 000 is a perfect match)"


class MatchRunCompleted(Event):
    """A whole cohort was matched. The bounds prove how good the result is: no matching can be above them.

    Told when a run that a coordinator asked for has its result. The offers follow when they are sent out.
    """

    topic: ClassVar[Topic] = RUN
    run_id: RunId = about("the run", example=_RUN_ID)
    program_id: ProgramId = about("the program", example=PROGRAM_EXAMPLE)
    policy_version: int = about("of the policy used", example=1, unit="version", ge=1)
    mentees: int = about("mentees looking for a mentor", example=200, unit="people", ge=0)
    mentors: int = about("mentors with a free seat", example=90, unit="people", ge=0)
    seats: int = about("free seats in all", example=180, unit="seats", ge=0)
    allowed_pairs: int = about("pairs that no hard rule forbids", example=5400, unit="pairs", ge=0)
    matched: int = about("mentees with a mentor", example=178, unit="people", ge=0)
    matched_bound: int = about("the most that any matching can reach", example=178, unit="people", ge=0)
    score: int = about("sum of the scores", example=1234567890, unit=_SCORE, ge=0)
    score_bound: int = about("the most that any matching of that size can reach", example=1234567890, unit=_SCORE, ge=0)
    gap_ppm: int = about("distance of score to its bound", example=0, unit="parts per million", ge=0)
    inputs_sha256: str = about(
        "digest of what went in", example="9f86d081" * 8, unit="hex", min_length=64, max_length=64
    )


class MatchEvent(Event):
    """Something about one offer to a pair."""

    topic: ClassVar[Topic] = MATCH
    match_id: MatchId = about("the match", example=MATCH_EXAMPLE)
    program_id: ProgramId = about("its program", example=PROGRAM_EXAMPLE)
    mentee_id: PersonId = about("who would learn", example="p-0042")
    mentor_id: PersonId = about("who would teach", example="p-0007")


class Reason(Part):
    """Why these two, in one sentence; `facts` are what a translation needs."""

    part: str = about("part of the score it speaks of", example="need", max_length=50)
    facts: tuple[str, ...] = about("skills, languages, hours", example=["negotiation"], default=())
    text: Text = about("the sentence in English", example="Can teach negotiation, which you want to learn.")


_REASON = {
    "part": "need",
    "facts": ["negotiation"],
    "text": "Can teach negotiation, which you want to learn.",
}


class MatchProposed(MatchEvent):
    """Two people were asked whether they want to work together.

    Told when an offer is made: from a run, from a shortlist, or because a mentee asked.
    """

    origin: Origin = about("what led to it", example="run")
    run_id: RunId | None = about("the cohort run, if it came from one", example=_RUN_ID, default=None)
    policy_version: int = about("of the policy used", example=1, unit="version", ge=1)
    score: int = about("how well they fit", example=7654321, unit=_SCORE, ge=0, le=SCORE_SCALE)
    parts: dict[str, int] = about(
        "parts of the score; they add up to it", example={"need": 4000000, "goals": 3654321}, unit=_SCORE
    )
    completeness: int | None = about(
        "share of the score's weight that both profiles answer; the score is the average over that share",
        example=8200000,
        unit="ten-millionths",
        default=None,
        ge=0,
        le=SCORE_SCALE,
    )
    reasons: tuple[Reason, ...] = about("why these two", example=[_REASON], default=())
    undecided: tuple[PersonId, ...] = about(
        "who is asked; the others have already agreed", example=["p-0042", "p-0007"]
    )
    expires_at: Instant = about("when it lapses if one of them is silent", example="2027-01-14T16:00:00Z")


class MatchReminderDue(MatchEvent):
    """Somebody has not answered an offer yet and should be reminded.

    Told after 50 % and 85 % of the time to answer, for each person who is still silent.
    """

    person_id: PersonId = about("who is asked", example="p-0007")
    number: int = about("first or second reminder", example=1, unit="reminders", ge=1)
    expires_at: Instant = about("when the offer lapses", example="2027-01-14T16:00:00Z")


class Terms(Part):
    """What a pair starts with: the policy's cadence, and where both clocks are."""

    starts_on: date = about("first day of the pair", example="2027-01-12")
    length_weeks: int = about("how long", example=12, unit="weeks", ge=1)
    cadence: Cadence = about("times and rhythms", example={})
    mentee_time_zone: str = about("of the mentee", example="Europe/Berlin", unit="IANA time zone")
    mentor_time_zone: str = about("of the mentor", example="Asia/Kolkata", unit="IANA time zone")


_TERMS = {
    "starts_on": "2027-01-12",
    "length_weeks": 12,
    "cadence": {},
    "mentee_time_zone": "Europe/Berlin",
    "mentor_time_zone": "Asia/Kolkata",
}


class MatchAccepted(MatchEvent):
    """Both sides agreed to start.

    Told when the second of them says yes; the first yes is not told.
    """

    terms: Terms = about("what they start with", example=_TERMS)


class MatchDeclined(MatchEvent):
    """One side said no. The other learns that it did not work out, not why.

    Told when either says no.
    """

    by: PersonId = about("who said no", example="p-0007")
    reason: Text = about("why, in their words, addresses masked", example="no time this quarter")


class MatchLapsed(MatchEvent):
    """Somebody let the offer run out.

    Told when the time to answer is over; the next candidate is proposed afterwards.
    """

    unanswered_by: tuple[PersonId, ...] = about("who did not answer in time", example=["p-0007"])


class MatchWithdrawn(MatchEvent):
    """The offer no longer stands.

    Told when it is taken back, or when a rule, a full mentor, a leaving or a closed program ends it.
    """

    reason: Withdrawal = about("why", example="seat-taken")


class Listed(Part):
    """A mentor who would suit, and why."""

    mentor_id: PersonId = about("who would teach", example="p-0007")
    score: int = about("how well they fit", example=7654321, unit=_SCORE, ge=0, le=SCORE_SCALE)
    reasons: tuple[Reason, ...] = about("why these two", example=[_REASON], default=())


_LISTED = {"mentor_id": "p-0007", "score": 7654321, "reasons": [_REASON]}


class ShortlistUpdated(Event):
    """Other mentors than before would suit this mentee, or in another order. Nobody is asked by that.

    Told in programs with `continuous`, within about a second of a change of the mentee's own profile, and within
    about a minute of what others changed.
    """

    topic: ClassVar[Topic] = SHORTLIST
    shortlist_id: ShortlistId = about(
        "the same for the same mentee and program", example="b0d4f1f5-6c7e-5a3b-9d55-0242ac120004"
    )
    mentee_id: PersonId = about("who looks for a mentor", example="p-0042")
    program_id: ProgramId = about("in which program", example=PROGRAM_EXAMPLE)
    policy_version: int = about("of the policy used", example=1, unit="version", ge=1)
    mentors: tuple[Listed, ...] = about(
        "best first: by score minus what the seat is worth to others; empty: nobody, or no longer looking",
        example=[_LISTED],
    )
