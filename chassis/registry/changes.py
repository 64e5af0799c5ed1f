"""What differs between registry and broker. Some of it can be applied; what would throw records away never is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chassis.registry.wanted import Rule, settings_of
from contracts.topics import Topic

Kind = Literal["create", "partitions", "setting", "rule", "by hand"]
SHRINKS = {"retention.ms", "cleanup.policy"}
"""Less of the one, or another of the other, and Kafka deletes records."""


@dataclass(frozen=True)
class Found:
    """A topic as the broker has it."""

    partitions: int
    copies: int
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """One difference, as a sentence, and what `apply` does about it."""

    kind: Kind
    topic: str
    sentence: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    rule: Rule | None = None

    @property
    def can_be_applied(self) -> bool:
        """Whether `apply` does it, or a person must."""
        return self.kind != "by hand"


def differences(topics: Sequence[Topic], found: Mapping[str, Found], *, copies: int) -> list[Change]:
    """What differs in topics; `copies` is how many a new one gets."""
    return [change for topic in topics for change in _of_topic(topic, found.get(topic.name), copies)]


def _of_topic(topic: Topic, found: Found | None, copies: int) -> Iterator[Change]:
    name = topic.name
    if found is None:
        wanted = settings_of(topic, copies)
        said = ", ".join(f"{each}={value}" for each, value in wanted.items())
        sentence = f"{name} is missing: {topic.partitions} partitions, {copies} copies, {said}"
        yield Change("create", name, sentence, {"partitions": topic.partitions, "copies": copies, **wanted})
        return
    yield from _of_partitions(topic, found)
    for setting, value in settings_of(topic, found.copies).items():
        if (there := found.settings.get(setting)) != value:
            yield _of_setting(name, setting, there, value)


def _of_partitions(topic: Topic, found: Found) -> Iterator[Change]:
    if found.partitions < topic.partitions:
        sentence = (
            f"{topic.name} has {found.partitions} partitions, the registry says {topic.partitions}: keys will move to"
            " other partitions, so stop what tells on it and let every subscriber catch up first"
        )
        yield Change("partitions", topic.name, sentence, {"partitions": topic.partitions})
    elif found.partitions > topic.partitions:
        sentence = f"{topic.name} has {found.partitions} partitions, the registry says {topic.partitions}"
        yield Change("by hand", topic.name, f"{sentence}: Kafka takes none away")


def _of_setting(topic: str, setting: str, there: str | None, value: str) -> Change:
    sentence = f"{topic} has {setting}={there}, the registry says {value}"
    if setting in SHRINKS and not _keeps_more(setting, there, value):
        return Change("by hand", topic, f"{sentence}: that would throw records away, so do it by hand if you mean it")
    return Change("setting", topic, sentence, {setting: value})


def _keeps_more(setting: str, there: str | None, value: str) -> bool:
    if setting != "retention.ms" or there is None:
        return False
    return int(value) < 0 or 0 <= int(there) < int(value)


def rule_differences(wanted: Collection[Rule], found: Collection[Rule]) -> list[Change]:
    """Rules that are missing, and those of our users that the registry does not know."""
    ours = {rule.principal for rule in wanted}
    missing = sorted(set(wanted) - set(found))
    surplus = sorted(rule for rule in set(found) - set(wanted) if rule.principal in ours)
    return [
        *(Change("rule", rule.name, f"rule missing: {rule}", rule=rule) for rule in missing),
        *(Change("by hand", rule.name, f"rule that the registry does not know: {rule}") for rule in surplus),
    ]
