"""What a mentee says of a mentor before a run counts. It is theirs alone: no event and no log line tells of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.event import PersonId
from services.matching.domain.sentences import RankIsTaken
from services.matching.engine.frame import Pair

LAST_RANK = 5
"""Ranks go from 1, the mentor they would like most, to this."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A rank, or a refusal; it holds until it is taken back or replaced."""

    mentee_id: PersonId
    mentor_id: PersonId
    rank: int | None
    """None: they do not want this mentor."""
    chosen_at: datetime

    @property
    def refused(self) -> bool:
        """Whether the two are never proposed to each other in this program."""
        return self.rank is None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What mentees chose, as the engine takes it."""

    preferences: Mapping[Pair, float] = field(default_factory=dict)
    """(mentee, mentor) → 0 to 1."""
    refused: Collection[Pair] = frozenset()


NOTHING_CHOSEN = Chosen()


def choose(choice: Choice, made: Iterable[Choice]) -> Choice:
    """The choice, if none of those that the mentee `made` has given its rank to another mentor.

    It is refused rather than passed on: whoever sends a rank has not said what should become of the other mentor.
    """
    for other in made:
        if choice.rank is not None and other.rank == choice.rank and other.mentor_id != choice.mentor_id:
            raise RankIsTaken(
                f"rank {choice.rank} is {other.mentor_id}'s already; give another rank, or take it back there first",
                field="rank",
            )
    return choice


def chosen(choices: Iterable[Choice]) -> Chosen:
    """Ranks as stated preferences, from 1 for the first in equal steps down to those who were not named; refusals."""
    preferences: dict[Pair, float] = {}
    refused: set[Pair] = set()
    for choice in choices:
        if choice.rank is None:
            refused.add((choice.mentee_id, choice.mentor_id))
        else:
            preferences[choice.mentee_id, choice.mentor_id] = (LAST_RANK + 1 - choice.rank) / LAST_RANK
    return Chosen(preferences, frozenset(refused))
