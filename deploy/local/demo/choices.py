"""What simulated people decide: it depends on the seed and on who is asked about what, never on who answers first."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Choices:
    """The same seed decides the same, in whatever order and however often it is asked."""

    seed: int

    def share(self, *about: object) -> float:
        """A number in [0, 1) for this question."""
        digest = blake2b("|".join(map(str, (self.seed, *about))).encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64

    def happens(self, probability: float, *about: object) -> bool:
        """Yes with this probability."""
        return self.share(*about) < probability

    def one_of(self, options: Sequence[T], *about: object) -> T:
        """One of the options, each as likely."""
        return options[int(self.share(*about) * len(options))]

    def days(self, most: int, *about: object) -> int:
        """A number of days, 0 to `most`."""
        return int(self.share(*about) * (most + 1))
