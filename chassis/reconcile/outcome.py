"""What a comparison found: counts for each topic, and each story that does not agree."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from chassis.reconcile.numbers import Range, in_words

MOST_NAMED = 1_000


@dataclass(frozen=True)
class Difference:
    """One story that is not on its topic as it was told."""

    topic: str
    key: str
    told: int
    missing: Sequence[Range] = ()
    never_told: int | None = None
    """The highest number on the topic, where nobody committed it."""

    def __str__(self) -> str:
        if self.never_told is not None:
            return f"{self.topic} {self.key}: the topic goes up to {self.never_told}, {self.told} were ever told"
        return f"{self.topic} {self.key}: {in_words(self.missing)} of {self.told} missing on the topic"


@dataclass
class Outcome:
    """What was compared on one topic, and what does not agree."""

    topic: str
    stories: int = 0
    records: int = 0
    waiting: int = 0
    set_aside: int = 0
    expired: int = 0
    forgotten: int = 0
    repeated: int = 0
    foreign: int = 0
    """Records without a number: not told by an outbox."""
    differences: int = 0
    named: list[Difference] = field(default_factory=list)
    """The first thousand."""

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)
