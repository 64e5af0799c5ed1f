"""A mentor's seats: how many are free, and which open offers must go when there are fewer."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.matching.domain.match import Match, State


@dataclass(frozen=True, slots=True)
class Seats:
    """What a mentor offers, and what is taken by reserved offers and pairs of all programs together."""

    offered: int
    taken: int

    @property
    def free(self) -> int:
        """Seats that may still be given away; a mentor who lowered their number has none, not less."""
        return max(0, self.offered - self.taken)


def beyond(offered: int, holders: Sequence[Match]) -> list[Match]:
    """The offers that hold a seat which is no longer there: pairs stay, the least advanced offers go first."""
    offers = [match for match in holders if match.state is State.PROPOSED]
    too_many = len(holders) - offered
    offers.sort(key=lambda m: (-len(m.undecided), m.fit.score, str(m.match_id)))
    return offers[: max(0, too_many)]
