"""What is kept of a run's population, and of whom it tells no more."""

from dataclasses import dataclass, field

from contracts.event import PersonId


@dataclass(frozen=True, slots=True)
class Packed:
    """A `population.Population` as it is kept."""

    people: tuple[PersonId, ...]
    """Whose profiles are in it."""
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """The population of a run as it was found: whoever has left since is to be taken out before it is read."""

    body: bytes = field(repr=False)
    gone: frozenset[PersonId]
    """Who stands in it, but has left."""
    lost: int
    """How many were taken out of it before, as they had left."""
