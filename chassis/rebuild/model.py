"""What a service says of a table that can be filled again from the topics."""

from dataclasses import dataclass

from chassis.consumer.reactions import Reaction


@dataclass(frozen=True)
class ReadModel:
    """A table with one row for each key of the topics it is filled from."""

    table: str
    key: str
    """Its primary key: the same value as the key of the events."""
    versions: tuple[str, ...]
    """Columns that hold the number of the newest event taken up; 0: none yet. Who fills it compares with them."""
    fills: tuple[Reaction, ...]
    """Functions that write this table and nothing else, tell nothing and set no timer."""

    @property
    def topics(self) -> set[str]:
        """The topics that it is filled from."""
        return {reaction.event.topic.name for reaction in self.fills}

    @property
    def reactions(self) -> dict[str, Reaction]:
        """What takes up an event, by its type."""
        return {reaction.event.event_type(): reaction for reaction in self.fills}
