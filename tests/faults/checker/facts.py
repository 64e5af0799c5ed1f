"""What can be known after a row, read from Kafka, from audit tables and from what the hearer keeps."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Record:
    """A record on a topic, in the order of its partition."""

    id: str
    key: str
    sequence: int
    body: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)
    partition: int = 0
    offset: int = 0


@dataclass(frozen=True)
class Change:
    """A committed version of an account, written down by a trigger in the same transaction."""

    key: str
    version: int
    balance: int = 0
    request: str = ""


@dataclass(frozen=True)
class Told:
    """A committed row of an outbox, written down by a trigger; the relay may have deleted the row since."""

    id: str
    key: str
    sequence: int


@dataclass(frozen=True)
class Effect:
    """A committed effect of one event."""

    id: str
    key: str
    sequence: int


@dataclass
class Facts:
    """Everything that one row has left behind."""

    changes: list[Change] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    balances: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The projection: by account, its sequence and its balance."""
    regressions: list[tuple[str, int, int]] = field(default_factory=list)
    """Updates of the projection that went back: account, sequence before, sequence after."""
    noted_told: list[Told] = field(default_factory=list)
    noted: list[Record] = field(default_factory=list)
    """What the hearer told in turn, as committed and as it is on its topic."""
    parked: dict[str, list[str]] = field(default_factory=dict)
    """Ids of parked messages by what became of them: `parked`, `replayed`, `discarded`."""
    parked_in: int = 0
    """How many messages were ever parked, counted by a trigger."""
    relay_parked: set[str] = field(default_factory=set)
    """Ids that the relay set aside, since the broker would never take them."""
    offsets: dict[int, int] = field(default_factory=dict)
    """Up to where the hearer's group has said that it is done, by partition; read by rows that ask for it."""
    answered: dict[str, dict[str, int]] = field(default_factory=dict)
    """What clients were told: by request, the versions in the answer."""
