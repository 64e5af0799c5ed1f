"""What must hold between topics and databases after the databases were taken back to an earlier instant."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from tests.faults.checker.compare import some
from tests.faults.checker.facts import Record, Told


def numbers_used_twice(records: Sequence[Record]) -> list[str]:
    """No two events of one story have the same number."""
    ids: dict[tuple[str, int], set[str]] = defaultdict(set)
    for record in records:
        ids[record.key, record.sequence].add(record.id)
    twice = [f"{key}#{number}" for (key, number), several in ids.items() if len(several) > 1]
    return [f"{len(twice)} numbers stand for two events: {some(twice)}"] if twice else []


def not_listed(told: Sequence[Told], records: Sequence[Record], listed: Collection[str]) -> list[str]:
    """What lies on the topic and is in no database is listed as told before, and nothing else is."""
    unknown = {record.id for record in records} - {each.id for each in told}
    found = []
    if silent := unknown - set(listed):
        found.append(f"{len(silent)} events are known to the topic alone and listed nowhere: {some(silent)}")
    if more := set(listed) - unknown:
        found.append(f"{len(more)} events are listed as told before and are known: {some(more)}")
    return found


def behind(name: str, shown: Mapping[str, int], records: Sequence[Record]) -> list[str]:
    """A projection shows the last fact of each key."""
    last: dict[str, int] = {}
    for record in records:
        last[record.key] = max(record.sequence, last.get(record.key, 0))
    different = [key for key in last if shown.get(key) != last[key]]
    return [f"{name}: {len(different)} keys are not at their last fact: {some(different)}"] if different else []


def last_types(records: Sequence[tuple[int, str, str]]) -> dict[str, str]:
    """By key, the type of the last event; records as sequence, key, type."""
    return {key: kind for _, key, kind in sorted(records)}
