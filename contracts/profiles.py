"""What the profiles service tells: who is there, what they can and want, and who left."""

from datetime import date
from typing import ClassVar, Literal

from contracts.event import Event, Part, PersonId, Text, about
from contracts.topics import CONTACT, PERSON, DataClass, Topic

Role = Literal["mentee", "mentor"]
Evidence = Literal["self", "endorsed", "verified"]

LOWEST_LEVEL, HIGHEST_SKILL_LEVEL, HIGHEST_JOB_LEVEL = 1, 5, 15
MOST_SEATS = 10
MOST_LISTED = 200
_SKILL = {"skill": "python", "level": 4, "teach": True, "evidence": "endorsed"}


class Skill(Part):
    """Something a person can do."""

    skill: str = about("name of the skill, lower case", example="python", max_length=100)
    level: int = about("how well", example=4, unit="1 (first steps) to 5 (others learn from them)", ge=1, le=5)
    teach: bool = about("willing to teach it", example=True, default=False)
    evidence: Evidence = about("who says so", example="endorsed", default="self")


class Want(Part):
    """Something a person wishes to learn."""

    skill: str = about("name of the skill, lower case", example="negotiation", max_length=100)
    level: int = about("level wished for", example=3, unit="1 to 5", ge=1, le=5)


class ProfileUpdated(Event):
    """Somebody's profile is now this: the whole of it, without name and address.

    Told when a person enters and when anything in the profile changes.
    """

    topic: ClassVar[Topic] = PERSON
    person_id: PersonId = about("id in the HR directory", example="p-0042")
    roles: tuple[Role, ...] = about("what they take part as; empty: neither", example=["mentee"])
    mentor_seats: int = about("mentees they would take at a time", example=1, unit="people", ge=0, le=MOST_SEATS)
    level: int | None = about("seniority", example=5, unit="1 to 15", default=None, ge=1, le=HIGHEST_JOB_LEVEL)
    team: str | None = about("team", example="payments", default=None, max_length=200)
    function: str | None = about("job family", example="engineering", default=None, max_length=200)
    location: str | None = about("place of work", example="Hamburg", default=None, max_length=200)
    country: str | None = about(
        "public holidays follow it", example="DE", unit="ISO 3166-1 alpha-2", default=None, max_length=2
    )
    time_zone: str = about("where their clock is", example="Europe/Berlin", unit="IANA time zone")
    languages: tuple[str, ...] = about("best first", example=["de", "en"], unit="BCP 47")
    working_hours: tuple[str, ...] = about("in their time zone", example=["Mon-Fri 09:00-17:00"], unit="days from-to")
    manager_id: PersonId | None = about("whom they report to", example="p-0007", default=None)
    skills: tuple[Skill, ...] = about("what they can", example=[_SKILL], default=(), max_length=MOST_LISTED)
    wants: tuple[Want, ...] = about(
        "what they wish to learn",
        example=[{"skill": "negotiation", "level": 3}],
        default=(),
        max_length=MOST_LISTED,
    )
    goals: Text = about(
        "what they aim for, in their words, addresses masked", example="Lead a team of my own", default=""
    )
    path: str | None = about("role they wish to grow into", example="engineering manager", default=None, max_length=200)
    style: dict[str, int] = about(
        "answers to the working-style questions",
        example={"pace": 4, "structure": 2},
        unit="1 to 5",
        default={},
    )
    avoid: tuple[PersonId, ...] = about("never to be paired with", example=[], default=(), max_length=MOST_LISTED)
    joined_on: date | None = about("first day in the company", example="2024-03-01", default=None)


class PersonLeft(Event):
    """Somebody left the company: their open offers and running relationships end.

    Told when the directory says so. It replaces the profile on this compacted topic.
    """

    topic: ClassVar[Topic] = PERSON
    person_id: PersonId = about("id in the HR directory", example="p-0042")
    left_on: date = about("last day", example="2027-03-31")


class ContactUpdated(Event):
    """How to write to somebody. The only event with a name and an address.

    Told when a person enters and when the name or the address changes.
    """

    topic: ClassVar[Topic] = CONTACT
    person_id: PersonId = about("id in the HR directory", example="p-0042")
    name: str = about("as they want to be addressed", example="Ada Example", data=DataClass.PERSONAL, max_length=320)
    email: str = about("address", example="ada@corp.example", unit="RFC 5322", data=DataClass.PERSONAL, max_length=320)
