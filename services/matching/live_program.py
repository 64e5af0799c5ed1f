"""One program that keeps shortlists, in memory: its mentors, and whose list is to be found again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contracts.event import PersonId
from services.matching.domain.person import Known
from services.matching.domain.program import Program, takes

if TYPE_CHECKING:
    from services.matching.engine.live import Live


@dataclass
class LiveProgram:
    """Mentors with free seats are in `live`; whoever has none, or left, is not."""

    program: Program
    live: "Live"
    solution: int = 0
    """The number of the solution whose prices are in it; 0: none yet."""
    urgent: dict[PersonId, None] = field(default_factory=dict)
    stale: dict[PersonId, None] = field(default_factory=dict)
    """Whose list is to be found: at once, or when there is time. In the order in which they became so."""

    def take_up(self, person_id: PersonId, known: Known | None, free: int) -> None:
        """Somebody as they are now; None: they left."""
        if known and self.offers(known, free):
            self.live.put(known.person)
        else:
            self.live.remove(person_id)

    def offers(self, known: Known, free: int) -> bool:
        """Whether this is a mentor of the program with a free seat."""
        return free > 0 and takes(self.program.policy, known.profile, "mentor")

    def looks(self, known: Known) -> bool:
        """Whether this is a mentee of the program."""
        return takes(self.program.policy, known.profile, "mentee")

    def hurry(self, mentees: Iterable[PersonId]) -> None:
        """These lists are to be found next."""
        self.urgent |= dict.fromkeys(mentees)

    def next(self, count: int) -> list[PersonId]:
        """Whose lists to find now, the urgent ones first. They stay until `done`."""
        first = [*self.urgent][:count]
        return first + [each for each in self.stale if each not in self.urgent][: count - len(first)]

    def done(self, mentees: Iterable[PersonId]) -> None:
        """Their lists are saved."""
        for each in mentees:
            self.urgent.pop(each, None)
            self.stale.pop(each, None)
