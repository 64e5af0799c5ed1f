"""The population of a run: everything that the engine took in, small enough to keep and exact enough to run again.

People stand in it as the engine sees them: no name, no address, no place, and of what they wrote the single words that
are compared. A worker makes it and reads it; the service hands it on as it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, Self

from pydantic import BaseModel

from contracts.event import PersonId
from contracts.matching import Policy
from contracts.profiles import Role
from services.matching.domain.population import Packed
from services.matching.engine.people import Person

IdPair = tuple[PersonId, PersonId]
"""A mentee and a mentor."""


class Somebody(BaseModel):
    """An `engine.people.Person` in values that JSON knows, and the free seats."""

    id: PersonId
    roles: tuple[str, ...]
    level: int | None
    team: str | None
    function: str | None
    manager_id: PersonId | None
    languages: tuple[str, ...]
    hours: tuple[tuple[str, ...], str]
    wants: dict[str, int]
    teaches: dict[str, tuple[int, int]]
    aims: dict[str, str]
    """Stem → the word as written."""
    words: tuple[str, ...]
    style: dict[str, int]
    avoid: tuple[PersonId, ...]
    free: int

    @classmethod
    def of(cls, person: Person, free: int) -> Somebody:
        """Everything of the person but the texts that the words were taken from."""
        return cls.model_construct(
            id=person.id,
            roles=tuple(sorted(person.roles)),
            level=person.level,
            team=person.team,
            function=person.function,
            manager_id=person.manager_id,
            languages=person.languages,
            hours=person.hours,
            wants=dict(person.wants),
            teaches=dict(person.teaches),
            aims=dict(person.aim_words),
            words=tuple(sorted(person.words)),
            style=dict(person.style),
            avoid=tuple(sorted(person.avoid)),
            free=free,
        )

    def person(self) -> Person:
        """The same for the engine."""
        return Person(
            id=self.id,
            roles=frozenset(self.roles),
            level=self.level,
            team=self.team,
            function=self.function,
            manager_id=self.manager_id,
            languages=self.languages,
            hours=self.hours,
            wants=self.wants,
            teaches=self.teaches,
            aims=frozenset(self.aims),
            aim_words=self.aims,
            words=frozenset(self.words),
            style=self.style,
            avoid=frozenset(self.avoid),
        )

    def in_program(self, policy: Policy, role: Role) -> bool:
        """Whether a program with this policy takes them in this role, as `domain.program.takes` does."""
        families = {name.strip().casefold() for name in policy.functions}
        return role in self.roles and (not families or (self.function or "") in families)


class Wish(NamedTuple):
    """A stated preference, 0 to 1."""

    who: PersonId
    whom: PersonId
    value: float


class Population(BaseModel):
    """Everybody with a role at one moment, and what was known of them besides. Lists are in order.

    Groups are not in it: whoever opted in may opt out, and a program that forgets its groups forgets them everywhere.
    """

    people: tuple[Somebody, ...]
    engaged: tuple[PersonId, ...]
    """Mentees who look for nobody."""
    managers: dict[PersonId, PersonId | None]
    """Who reports to whom, from these people up."""
    tried: tuple[IdPair, ...]
    pinned: tuple[IdPair, ...]
    forbidden: tuple[IdPair, ...]
    refused: tuple[IdPair, ...]
    preferences: tuple[Wish, ...]

    def packed(self) -> Packed:
        """As it is kept."""
        body = zlib.compress(self.model_dump_json().encode())
        return Packed(tuple(one.id for one in self.people), body)

    @classmethod
    def unpacked(cls, body: bytes) -> Self:
        """As it was; what a later release has added has its default."""
        return cls.model_validate_json(zlib.decompress(body))

    def without(self, gone: Collection[PersonId]) -> Self:
        """Nobody of these, and nothing that anybody said of them.

        The id alone stays where one of them was a manager in somebody else's reporting line: a rule follows it up.
        """
        if not (gone := frozenset(gone)):
            return self
        people = [one for one in self.people if one.id not in gone]
        return self.model_copy(
            update={
                "people": tuple(one.model_copy(update={"avoid": _left(one.avoid, gone)}) for one in people),
                "engaged": _left(self.engaged, gone),
                "managers": lines_above((one.id for one in people), self.managers),
                **{kind: _both_left(getattr(self, kind), gone) for kind in ("tried", "pinned", "forbidden", "refused")},
                "preferences": tuple(one for one in self.preferences if not {one.who, one.whom} & gone),
            }
        )


def lines_above(
    people: Iterable[PersonId], managers: Mapping[PersonId, PersonId | None]
) -> dict[PersonId, PersonId | None]:
    """Who reports to whom, for these people and everybody above them."""
    lines: dict[PersonId, PersonId | None] = {}
    for person in sorted(people):
        at: PersonId | None = person
        while at is not None and at not in lines and at in managers:
            lines[at] = managers[at]
            at = lines[at]
    return lines


def _left(people: Iterable[PersonId], gone: frozenset[PersonId]) -> tuple[PersonId, ...]:
    return tuple(person for person in people if person not in gone)


def _both_left(pairs: Iterable[IdPair], gone: frozenset[PersonId]) -> tuple[IdPair, ...]:
    return tuple(pair for pair in pairs if gone.isdisjoint(pair))
