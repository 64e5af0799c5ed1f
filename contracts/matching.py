"""What the matching service tells: programs, cohort runs, offers and what became of them."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from contracts.event import Event, Instant, Part, PersonId, Text, about
from contracts.topics import MATCH, PROGRAM, RUN, Topic

ProgramId = UUID
RunId = UUID
MatchId = UUID

Origin = Literal["run", "shortlist", "request"]
Withdrawal = Literal[
    "by-mentee", "by-coordinator", "seat-taken", "person-left", "rule-broken", "program-closed"
]
SCORE_SCALE = 10_000_000
"""A score of 1.0 on the wire: scores and their parts are whole numbers, so that they add up exactly."""

_ID = "0192f0c4-7a1e-7c3b-9d55-0242ac120002"
_SCORE = "ten-millionths (10 000 000 is a perfect match)"


class Rules(Part):
    """Hard rules: a pair that breaks one is never proposed."""

    reporting_line_depth: int = about(
        "how far up and down the reporting line is forbidden",
        example=3,
        unit="levels",
        default=3,
        ge=0,
        le=50,
    )
    same_team: bool = about("whether two people of one team may be paired", example=False, default=False)
    min_overlap_hours: float = about(
        "shared working hours on the best weekday", example=2.0, unit="hours", default=2.0, ge=0, le=24
    )
    min_completeness: float = about(
        "share of the score's weight that must be answered",
        example=0.4,
        unit="0 to 1",
        default=0.4,
        ge=0,
        le=1,
    )
    seniority_gap: tuple[int, int] = about(
        "levels the mentor should be ahead: at least, at most", example=[1, 3], unit="levels", default=(1, 3)
    )


class Weights(Part):
    """What counts how much; they add up to 1."""

    need: float = about(
        "wanted skills that the mentor is willing to teach", example=0.34, default=0.34, ge=0, le=1
    )
    goals: float = about("goals and career path", example=0.18, default=0.18, ge=0, le=1)
    style: float = about("values and working style", example=0.18, default=0.18, ge=0, le=1)
    preference: float = about("what both sides said they prefer", example=0.10, default=0.10, ge=0, le=1)
    hours: float = about("shared working hours", example=0.08, default=0.08, ge=0, le=1)
    language: float = about("shared languages", example=0.06, default=0.06, ge=0, le=1)
    seniority: float = about("seniority gap in the wanted band", example=0.06, default=0.06, ge=0, le=1)


class Cadence(Part):
    """When somebody should hear from the platform; engagement takes it over when a pair starts."""

    offer_working_days: int = about(
        "time to answer an offer", example=3, unit="working days", default=3, ge=1, le=30
    )
    agreement_days: int = about(
        "time to agree after the start", example=7, unit="days", default=7, ge=1, le=90
    )
    meeting_every_days: int = about("rhythm to start from", example=14, unit="days", default=14, ge=1, le=365)
    checkin_days: tuple[int, ...] = about(
        "first check-ins after the start", example=[14, 45], unit="days", default=(14, 45)
    )
    checkin_every_days: int = about("further check-ins", example=45, unit="days", default=45, ge=1, le=365)
    checkin_grace_days: int = about(
        "time to answer a check-in", example=2, unit="days", default=2, ge=1, le=30
    )


class Policy(Part):
    """A program's rules as data. A change makes the next version; matches keep the one they were made under."""

    name: str = about(
        "name of the program", example="Engineering mentoring, spring", min_length=1, max_length=200
    )
    purpose: Text = about("what it is for", example="Grow staff engineers", default="")
    starts_on: date = about("first day", example="2027-01-11")
    length_weeks: int = about(
        "how long a pair works together", example=12, unit="weeks", default=12, ge=1, le=260
    )
    coordinators: tuple[PersonId, ...] = about(
        "who sees its pairs and gets its tasks", example=["p-0001"], default=()
    )
    functions: tuple[str, ...] = about("job families that may join; empty: all", example=[], default=())
    rules: Rules = about("hard rules", example={}, default=Rules())
    weights: Weights = about("weights of the score", example={}, default=Weights())
    cadence: Cadence = about("times and rhythms", example={}, default=Cadence())


class ProgramEvent(Event):
    """Something about a program."""

    topic: ClassVar[Topic] = PROGRAM
    program_id: ProgramId = about("the program", example=_ID)


class ProgramOpened(ProgramEvent):
    """A program now takes people."""

    policy_version: int = about("rises by one with each change", example=1, ge=1)
    policy: Policy = about(
        "its rules", example={"name": "Engineering mentoring, spring", "starts_on": "2027-01-11"}
    )


class ProgramUpdated(ProgramEvent):
    """A program's policy is now this. Matches made before keep theirs."""

    policy_version: int = about("rises by one with each change", example=2, ge=1)
    policy: Policy = about(
        "its rules", example={"name": "Engineering mentoring, spring", "starts_on": "2027-01-11"}
    )


class ProgramClosed(ProgramEvent):
    """A program proposes nobody any more; its running pairs go on."""


class MatchRunCompleted(Event):
    """A whole cohort was matched. The bounds prove how good the result is: no matching can be above them."""

    topic: ClassVar[Topic] = RUN
    run_id: RunId = about("the run", example=_ID)
    program_id: ProgramId = about("the program", example=_ID)
    policy_version: int = about("version of the policy used", example=1, ge=1)
    mentees: int = about("mentees looking for a mentor", example=200, unit="people", ge=0)
    mentors: int = about("mentors with a free seat", example=90, unit="people", ge=0)
    seats: int = about("free seats in all", example=180, unit="seats", ge=0)
    allowed_pairs: int = about("pairs that no hard rule forbids", example=5400, unit="pairs", ge=0)
    matched: int = about("mentees with a mentor", example=178, unit="people", ge=0)
    matched_bound: int = about("the most that any matching can reach", example=178, unit="people", ge=0)
    score: int = about("sum of the scores", example=1234567890, unit=_SCORE, ge=0)
    score_bound: int = about(
        "the most that any matching of that size can reach", example=1234567890, unit=_SCORE, ge=0
    )
    gap_ppm: int = about("distance of score to its bound", example=0, unit="parts per million", ge=0)
    inputs_sha256: str = about(
        "digest of what went in", example="9f86d081" * 8, unit="hex", min_length=64, max_length=64
    )


class MatchEvent(Event):
    """Something about one offer to a pair."""

    topic: ClassVar[Topic] = MATCH
    match_id: MatchId = about("the match", example=_ID)
    program_id: ProgramId = about("its program", example=_ID)
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
    """Two people were asked whether they want to work together."""

    origin: Origin = about("what led to it", example="run")
    run_id: RunId | None = about("the cohort run, if it came from one", example=_ID, default=None)
    policy_version: int = about("version of the policy used", example=1, ge=1)
    score: int = about("how well they fit", example=7654321, unit=_SCORE, ge=0, le=SCORE_SCALE)
    parts: dict[str, int] = about(
        "parts of the score; they add up to it", example={"need": 4000000, "goals": 3654321}, unit=_SCORE
    )
    reasons: tuple[Reason, ...] = about("why these two", example=[_REASON], default=())
    undecided: tuple[PersonId, ...] = about(
        "who is asked; the others have already agreed", example=["p-0042", "p-0007"]
    )
    expires_at: Instant = about("when it lapses if one of them is silent", example="2027-01-14T16:00:00Z")


class MatchReminderDue(MatchEvent):
    """Somebody has not answered an offer yet and should be reminded."""

    person_id: PersonId = about("who is asked", example="p-0007")
    number: int = about("first or second reminder", example=1, ge=1)
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
    """Both sides agreed to start."""

    terms: Terms = about("what they start with", example=_TERMS)


class MatchDeclined(MatchEvent):
    """One side said no. The other learns that it did not work out, not why."""

    by: PersonId = about("who said no", example="p-0007")
    reason: Text = about("why, in their words, addresses masked", example="no time this quarter")


class MatchLapsed(MatchEvent):
    """Somebody let the offer run out."""

    unanswered_by: tuple[PersonId, ...] = about("who did not answer in time", example=["p-0007"])


class MatchWithdrawn(MatchEvent):
    """The offer no longer stands."""

    reason: Withdrawal = about("why", example="seat-taken")
