"""Through whose eyes something is read."""

from dataclasses import dataclass

from contracts.event import PersonId


@dataclass(frozen=True)
class Viewer:
    """Sees their own pairs; as a coordinator those of their programs; as a system with the scope all of them."""

    person_id: PersonId
    participates: bool = False
    coordinates: bool = False
    reads_all: bool = False

    def is_one_of(self, sides: tuple[PersonId, PersonId]) -> bool:
        """Whether they look at a pair of their own: then they see it as one of the pair, whatever else they may."""
        return self.participates and self.person_id in sides
