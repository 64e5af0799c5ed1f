"""A person as this service knows them: the profile as told, and what matching makes of it."""

from dataclasses import dataclass
from functools import lru_cache

from contracts.profiles import ProfileUpdated
from services.matching.engine.people import Person, person_from

MOST_REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class Known:
    """The profile, and the person that the engine compares."""

    profile: ProfileUpdated
    person: Person


@lru_cache(maxsize=MOST_REMEMBERED)
def known_from(profile: str) -> Known:
    """Reads a profile. The same text gives the same object: a shortlist reads every mentor, and few change."""
    read = ProfileUpdated.read(profile)
    return Known(read, person_from(read))
