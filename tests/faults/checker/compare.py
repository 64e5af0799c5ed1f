"""One promise per function: gives a sentence for each way in which it does not hold, and none when it holds."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tests.faults.checker.facts import Change, Effect, Record, Told

SHOWN = 5


def some(names: Iterable[object]) -> str:
    """The first few, and how many more."""
    ordered = sorted(map(str, names))
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more


def first_occurrences(records: Sequence[Record]) -> dict[str, list[Record]]:
    """By key, each id where it first stands on the topic."""
    seen: set[str] = set()
    stories: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda each: (each.partition, each.offset)):
        if record.id not in seen:
            seen.add(record.id)
            stories[record.key].append(record)
    return stories


def duplicates(records: Sequence[Record]) -> int:
    """How many records repeat an id that was there before."""
    return len(records) - len({record.id for record in records})


def lost(told: Sequence[Told], records: Sequence[Record], *, aside: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """P1: whatever was committed is on the topic."""
    missing = {each.id for each in told} - {record.id for record in records} - aside
    return [f"{len(missing)} committed events are not on the topic: {some(missing)}"] if missing else []


def invented(told: Sequence[Told], records: Sequence[Record]) -> list[str]:
    """P2: whatever is on the topic was committed."""
    more = {record.id for record in records} - {each.id for each in told}
    return [f"{len(more)} events are on the topic and were never committed: {some(more)}"] if more else []


def untold(changes: Sequence[Change], records: Sequence[Record], *, aside: int = 0) -> list[str]:
    """P1, P2 without trusting the outbox: each version of each account was told, once, and no other."""
    ids: dict[tuple[str, int], set[str]] = defaultdict(set)
    for record in records:
        ids[record.key, int(record.body.get("number", record.sequence))].add(record.id)
    changed = {(change.key, change.version) for change in changes}
    found = []
    if (silent := changed - ids.keys()) and len(silent) > aside:
        found.append(f"{len(silent)} committed changes were never told: {some(silent)}")
    if imagined := ids.keys() - changed:
        found.append(f"{len(imagined)} changes were told and never committed: {some(imagined)}")
    if twice := [place for place, several in ids.items() if len(several) > 1]:
        found.append(f"{len(twice)} changes were told under several ids: {some(twice)}")
    return found


def out_of_order(records: Sequence[Record], *, gaps_allowed: bool = False) -> list[str]:
    """P3: per key, first occurrences are sorted by sequence, from 1 and without a gap."""
    found = []
    for key, story in first_occurrences(records).items():
        numbers = [record.sequence for record in story]
        if numbers != sorted(numbers):
            at = next(place for place, (a, b) in enumerate(itertools.pairwise(numbers)) if a > b)
            found.append(f"the story of {key} is out of order: {numbers[at]} stands before {numbers[at + 1]}")
        elif not gaps_allowed and numbers != list(range(1, len(numbers) + 1)):
            found.append(f"the story of {key} has gaps: {len(numbers)} events, numbered up to {numbers[-1]}")
    return found


def doubled(effects: Sequence[Effect]) -> list[str]:
    """P4: no event had two effects."""
    counts = Counter(effect.id for effect in effects)
    twice = [each for each, count in counts.items() if count > 1]
    return [f"{len(twice)} events had more than one effect: {some(twice)}"] if twice else []


def without_effect(records: Sequence[Record], effects: Sequence[Effect], aside: set[str]) -> list[str]:
    """P4: each event on the topic had its effect, or is set aside where it can be seen."""
    missing = {record.id for record in records} - {effect.id for effect in effects} - aside
    return [f"{len(missing)} events on the topic had no effect: {some(missing)}"] if missing else []


def done_too_early(
    records: Sequence[Record], effects: Sequence[Effect], aside: set[str], offsets: Mapping[int, int]
) -> list[str]:
    """P10: whatever lies before the committed offset is finished, not merely begun."""
    finished = {effect.id for effect in effects} | aside
    early = {each.id for each in records if each.offset < offsets.get(each.partition, 0)} - finished
    return [f"{len(early)} events count as done in Kafka and had no effect: {some(early)}"] if early else []


def effects_out_of_order(effects: Sequence[Effect]) -> list[str]:
    """P3 to its end: the effects of a key came in the order of its story."""
    stories: dict[str, list[int]] = defaultdict(list)
    for effect in effects:
        stories[effect.key].append(effect.sequence)
    mixed = [key for key, numbers in stories.items() if numbers != sorted(numbers)]
    return [f"the effects of {len(mixed)} keys came out of order: {some(mixed)}"] if mixed else []


def effects_out_of_nowhere(records: Sequence[Record], effects: Sequence[Effect]) -> list[str]:
    """P4: no effect without an event."""
    more = {effect.id for effect in effects} - {record.id for record in records}
    return [f"{len(more)} effects have no event on the topic: {some(more)}"] if more else []


def fold(records: Sequence[Record], aside: set[str]) -> dict[str, tuple[int, int]]:
    """By key, the highest sequence and the balance told with it, leaving out what is set aside."""
    newest: dict[str, tuple[int, int]] = {}
    for record in records:
        if record.id not in aside and record.sequence > newest.get(record.key, (0, 0))[0]:
            newest[record.key] = (record.sequence, int(record.body["balance"]))
    return newest


def stale(
    balances: Mapping[str, tuple[int, int]], expected: Mapping[str, tuple[int, int]], regressions: Sequence[object]
) -> list[str]:
    """P5: the projection is the fold of the topic, and never went back on the way."""
    different = {key for key in balances.keys() | expected.keys() if balances.get(key) != expected.get(key)}
    found = []
    if different:
        key = min(different)
        found.append(
            f"{len(different)} balances differ from the fold of the topic: {some(different)}"
            f" ({key} is {balances.get(key)}, the topic says {expected.get(key)})"
        )
    if regressions:
        found.append(f"{len(regressions)} updates went back to an older state: {some(regressions)}")
    return found


def parked_books(parked: Mapping[str, Sequence[str]], parked_in: int) -> list[str]:
    """P8: in == replayed + discarded + still parked."""
    out = sum(map(len, parked.values()))
    return [] if out == parked_in else [f"{parked_in} messages were parked and {out} are accounted for"]


def broken_answers(changes: Sequence[Change], answered: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What a client was answered is committed; and no request changed an account twice, however often it was sent."""
    done: dict[tuple[str, str], list[int]] = defaultdict(list)
    for change in changes:
        done[change.request, change.key].append(change.version)
    found = []
    if twice := [place for place, versions in done.items() if len(versions) > 1]:
        found.append(f"{len(twice)} requests changed an account more than once: {some(twice)}")
    promised = {(request, key, version) for request, keys in answered.items() for key, version in keys.items()}
    kept = {(request, key, version) for (request, key), versions in done.items() for version in versions}
    if broken := promised - kept:
        found.append(f"{len(broken)} answers speak of changes that are not there: {some(broken)}")
    return found


def not_noted(effects: Sequence[Effect], noted: Sequence[Record]) -> list[str]:
    """P4 along a chain: for each effect exactly one event was told in turn."""
    about: dict[str, set[str]] = defaultdict(set)
    for record in noted:
        about[str(record.body["booking"])].add(record.id)
    found = []
    if silent := {effect.id for effect in effects} - about.keys():
        found.append(f"{len(silent)} effects were not told of in turn: {some(silent)}")
    if twice := [each for each, ids in about.items() if len(ids) > 1]:
        found.append(f"{len(twice)} effects were told of more than once: {some(twice)}")
    return found


def letters(owed: Sequence[str], accepted: Sequence[str], in_doubt: Sequence[str] = ()) -> list[str]:
    """Each letter that is owed was taken by the mail server once; none was taken that nobody owed.

    One in doubt (the server's answer never came) may have been taken or not; it must not be sent again.
    """
    counts = Counter(accepted)
    found = []
    if missing := set(owed) - counts.keys():
        found.append(f"{len(missing)} letters are owed and the mail server has not seen them: {some(missing)}")
    if more := counts.keys() - set(owed) - set(in_doubt):
        found.append(f"{len(more)} letters were sent that nobody owed: {some(more)}")
    if twice := [each for each, count in counts.items() if count > 1]:
        found.append(f"{len(twice)} letters were sent more than once: {some(twice)}")
    return found
