"""Mentoring programs: their policy as data, and when they open, change and close. Told by matching."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from contracts.event import Event, Part, PersonId, Text, about
from contracts.topics import PROGRAM, Topic

ProgramId = UUID

PROGRAM_EXAMPLE = "0192f0c4-7a1e-7c3b-9d55-0242ac120001"
_POLICY = {"name": "Engineering mentoring, spring", "starts_on": "2027-01-11"}


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
    min_score: int = about(
        "score that a pair must reach; 0: any",
        example=0,
        unit="ten-millionths (10 000 000 is a perfect match)",
        default=0,
        ge=0,
        le=10_000_000,
    )


class Weights(Part):
    """What counts how much; they add up to 1."""

    need: float = about(
        "wanted skills that the mentor is willing to teach",
        example=0.34,
        unit="share of 1",
        default=0.34,
        ge=0,
        le=1,
    )
    goals: float = about("goals and career path", example=0.18, unit="share of 1", default=0.18, ge=0, le=1)
    style: float = about("values and working style", example=0.18, unit="share of 1", default=0.18, ge=0, le=1)
    preference: float = about(
        "what both sides said they prefer", example=0.10, unit="share of 1", default=0.10, ge=0, le=1
    )
    hours: float = about("shared working hours", example=0.08, unit="share of 1", default=0.08, ge=0, le=1)
    language: float = about("shared languages", example=0.06, unit="share of 1", default=0.06, ge=0, le=1)
    seniority: float = about(
        "seniority gap in the wanted band", example=0.06, unit="share of 1", default=0.06, ge=0, le=1
    )


class Cadence(Part):
    """When somebody should hear from the platform; engagement takes it over when a pair starts."""

    offer_working_days: int = about("time to answer an offer", example=3, unit="working days", default=3, ge=1, le=30)
    agreement_days: int = about("time to agree after the start", example=7, unit="days", default=7, ge=1, le=90)
    meeting_every_days: int = about("rhythm to start from", example=14, unit="days", default=14, ge=1, le=365)
    checkin_days: tuple[int, ...] = about(
        "first check-ins after the start", example=[14, 45], unit="days", default=(14, 45)
    )
    checkin_every_days: int = about("further check-ins", example=45, unit="days", default=45, ge=1, le=365)
    checkin_grace_days: int = about("time to answer a check-in", example=2, unit="days", default=2, ge=1, le=30)


class Fairness(Part):
    """Whether groups that people opted into are served more equally, and for how much. The groups are told nowhere."""

    steer: bool = about("whether runs bring the coverage of groups closer together", example=False, default=False)
    most_loss_ppm: int = about(
        "what that may cost of the best total score",
        example=3000,
        unit="parts per million",
        default=3000,
        ge=0,
        le=100_000,
    )


class Policy(Part):
    """A program's rules as data. A change makes the next version; matches keep theirs."""

    name: str = about("name of the program", example="Engineering mentoring, spring", min_length=1, max_length=200)
    purpose: Text = about("what it is for", example="Grow staff engineers", default="")
    starts_on: date = about("first day", example="2027-01-11")
    length_weeks: int = about("how long a pair works together", example=12, unit="weeks", default=12, ge=1, le=260)
    coordinators: tuple[PersonId, ...] = about("who sees its pairs and gets its tasks", example=["p-0001"], default=())
    functions: tuple[str, ...] = about("job families that may join; empty: all", example=[], default=())
    continuous: bool = about(
        "whether every mentee who looks for a mentor has a shortlist that is kept up to date",
        example=False,
        default=False,
    )
    rules: Rules = about("hard rules", example={}, default=Rules())
    weights: Weights = about("weights of the score", example={}, default=Weights())
    cadence: Cadence = about("times and rhythms", example={}, default=Cadence())
    fairness: Fairness = about("steering for groups", example={}, default=Fairness())


class ProgramEvent(Event):
    """Something about a program. Each event holds the whole policy: the topic keeps only the last one."""

    topic: ClassVar[Topic] = PROGRAM
    program_id: ProgramId = about("the program", example=PROGRAM_EXAMPLE)
    policy_version: int = about("rises by one with each change", example=1, unit="version", ge=1)
    policy: Policy = about("its rules", example=_POLICY)


class ProgramOpened(ProgramEvent):
    """A program now takes people.

    Told when a coordinator or administrator opens it.
    """


class ProgramUpdated(ProgramEvent):
    """A program's policy is now this. Matches made before keep theirs.

    Told when somebody changes the policy, with the next `policy_version`.
    """


class ProgramClosed(ProgramEvent):
    """A program proposes nobody any more; its running pairs go on under this last policy.

    Told when a coordinator or administrator closes it.
    """
