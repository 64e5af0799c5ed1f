"""What callers send and see of people."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from chassis.errors import Invalid
from chassis.http import Body
from contracts.profiles import Evidence, ProfileUpdated, Role, Skill, Want
from services.hr_file.cells import Broken
from services.hr_file.entry import READ_BY
from services.profiles.domain.person import Person

_LISTS = ("languages", "working_hours", "roles", "avoid")


class SkillBody(Body):
    """Something a person can do."""

    skill: str
    level: int
    teach: bool = False
    evidence: Evidence = "self"


class WantBody(Body):
    """Something a person wishes to learn."""

    skill: str
    level: int


class PersonChange(Body):
    """The fields to change; what is left out stays. Same values as in the HR file, lists as lists."""

    name: str | None = None
    email: str | None = None
    time_zone: str | None = Field(None, description="IANA time zone", examples=["Europe/Berlin"])
    languages: list[str] | None = Field(None, description="BCP 47, best first", examples=[["en", "de"]])
    manager_id: str | None = None
    team: str | None = None
    function: str | None = None
    location: str | None = None
    country: str | None = Field(None, description="ISO 3166-1 alpha-2", examples=["DE"])
    level: int | None = Field(None, description="seniority, 1 to 15")
    working_hours: list[str] | None = Field(None, examples=[["Mon-Thu 09:00-17:00", "Fri 09:00-13:00"]])
    roles: list[Role] | None = None
    mentor_seats: int | None = Field(None, description="mentees at a time, 0 to 10")
    skills: list[SkillBody] | None = None
    wants: list[WantBody] | None = None
    goals: str | None = Field(None, max_length=10_000)
    path: str | None = Field(None, description="role they wish to grow into")
    style: dict[str, int] | None = Field(None, description="answers from 1 to 5", examples=[{"pace": 4}])
    avoid: list[str] | None = Field(None, description="ids of people never to be paired with")
    joined_on: date | None = None
    left_on: date | None = Field(None, description="last day; they leave when it has passed. The year 9999: none")


class PersonBody(PersonChange):
    """A whole person; what is left out is empty."""

    name: str
    email: str
    time_zone: str = Field(description="IANA time zone", examples=["Europe/Berlin"])
    languages: list[str] = Field(description="BCP 47, best first", examples=[["en", "de"]])


class PersonView(BaseModel):
    """Somebody, as far as the caller may see them."""

    person_id: str
    state: str = Field(description="here or left")
    left_on: date | None
    name: str | None = Field(None, description="only for themselves, system and administrators")
    email: str | None = Field(None, description="only for themselves, system and administrators")
    roles: tuple[Role, ...]
    mentor_seats: int
    level: int | None
    team: str | None
    function: str | None
    location: str | None
    country: str | None
    time_zone: str
    languages: tuple[str, ...]
    working_hours: tuple[str, ...]
    manager_id: str | None
    skills: tuple[Skill, ...]
    wants: tuple[Want, ...]
    goals: str
    path: str | None
    style: dict[str, int]
    avoid: tuple[str, ...]
    joined_on: date | None
    version: int


def view(person: Person, *, with_contact: bool) -> PersonView:
    """Shows somebody; name and address only where they may be seen."""
    profile = {field: getattr(person.profile, field) for field in ProfileUpdated.model_fields}
    contact = {"name": person.name, "email": person.email} if with_contact else {}
    state = "left" if person.gone else "here"
    return PersonView(**profile, **contact, state=state, left_on=person.left_on, version=person.version)


def values_of(body: PersonChange, *, whole: bool) -> Mapping[str, Any]:
    """The fields of a request by the rules of the HR file; `whole`: also those that were left out."""
    fields = PersonChange.model_fields if whole else body.model_fields_set
    values = {field: _value(field, getattr(body, field)) for field in fields}
    joined, left = values.get("joined_on"), values.get("left_on")
    if joined and left and left < joined:
        raise Invalid(f"{left} is before the first day, {joined}", field="left_on")
    return values


def _value(field: str, given: Any) -> Any:
    try:
        return READ_BY[field](_cell(field, given))
    except Broken as broken:
        raise Invalid(str(broken), field=field) from None


def _cell(field: str, given: Any) -> str:
    """The value as it would stand in the HR file, so that there is one set of rules."""
    if given is None:
        return ""
    if field in _LISTS:
        return ";".join(given)
    if field == "style":
        return ";".join(f"{question}:{answer}" for question, answer in given.items())
    if field == "wants":
        return ";".join(f"{want.skill}:{want.level}" for want in given)
    if field == "skills":
        return ";".join(_skill(skill) for skill in given)
    return str(given).strip()


def _skill(skill: SkillBody) -> str:
    return f"{skill.skill}:{skill.level}{':teach' if skill.teach else ''}:{skill.evidence}"
