"""What must hold of the whole platform after a storm, as sentences about what does not."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.faults.checker import compare
from tests.faults.storm.traces import SEQUENCES, Record, Traces

STATE_AFTER = {
    "match-proposed": "proposed",
    "match-accepted": "accepted",
    "match-declined": "declined",
    "match-lapsed": "lapsed",
    "match-withdrawn": "withdrawn",
}
NOT_COMPARED = frozenset({"seconds", "versions"})
LETTERS = frozenset({"letters_sent", "letters_suppressed", "events"})
"""A letter that was in doubt, or that the mail server was not there for, may end another way."""


def findings(traces: Traces) -> list[str]:
    """Everything that is not as promised."""
    return [
        *_each_topic(traces),
        *_projections(traces),
        *_pairs(traces),
        *_states(traces),
        *_letters(traces),
        *(f"P8: parked: {reason}" for reason in traces.parked),
    ]


def _each_topic(traces: Traces) -> Iterable[str]:
    for topic, records in traces.records.items():
        told: Any = traces.told.get(topic, [])
        seen: Any = records
        checks = {
            "P1": compare.lost(told, seen),
            "P2": compare.invented(told, seen),
            "P3": compare.out_of_order(seen),
        }
        yield from (f"{promise}: {topic}: {sentence}" for promise, found in checks.items() for sentence in found)


def _newest(records: Iterable[Record]) -> dict[str, int]:
    newest: dict[str, int] = {}
    for record in records:
        newest[record.key] = max(record.sequence, newest.get(record.key, 0))
    return newest


def _projections(traces: Traces) -> Iterable[str]:
    """P5: each projection shows the newest fact of each key, and of no other."""
    for name, (topic, _) in SEQUENCES.items():
        expected, shown = _newest(traces.records[topic]), traces.sequences[name]
        different = {key for key in expected.keys() | shown.keys() if expected.get(key) != shown.get(key)}
        if different:
            yield f"P5: {name} differs from {topic} for {compare.some(different)}"


def _pairs(traces: Traces) -> Iterable[str]:
    """P4: each acceptance began one relationship, and none began without one."""
    accepted = {each.key for each in traces.records["matching.match.v1"] if each.type == "match-accepted"}
    begun = Counter(traces.relationships)
    if missing := accepted - begun.keys():
        yield f"P4: {len(missing)} accepted matches never began: {compare.some(missing)}"
    if more := begun.keys() - accepted:
        yield f"P4: {len(more)} relationships began without an acceptance: {compare.some(more)}"
    told = Counter(
        each.body["match_id"]
        for each in {record.id: record for record in traces.records["engagement.relationship.v1"]}.values()
        if each.type == "relationship-started"
    )
    if told != begun:
        yield f"P4: relationships told and begun differ: {compare.some((told - begun) | (begun - told))}"


def _states(traces: Traces) -> Iterable[str]:
    """P5: what an offer has come to is what was told of it last; a pair may have ended since."""
    last = {each.key: each for each in sorted(traces.records["matching.match.v1"], key=lambda each: each.sequence)
            if each.type in STATE_AFTER}  # fmt: skip
    for match_id, record in last.items():
        state = traces.states.get(match_id)
        if state != STATE_AFTER[record.type] and (state, record.type) != ("ended", "match-accepted"):
            yield f"P5: match {match_id} is {state}, and {record.type} was told last"


def _letters(traces: Traces) -> Iterable[str]:
    """No letter twice; each that counts as sent was taken by the mail server, or says that it is in doubt."""
    sent = {
        each.body["letter_id"]
        for each in traces.records["notifications.letter.v1"]
        if each.type == "letter-sent" and each.body["in_digest"] is None
    }
    found = compare.letters(sorted(sent - traces.in_doubt), traces.letters, sorted(traces.in_doubt))
    yield from (f"letters: {sentence}" for sentence in found)


def differences(calm: Mapping[str, Any], stormy: Mapping[str, Any]) -> list[str]:
    """The same company without a storm comes to the same numbers, letters aside."""
    return [
        f"{name}: {calm[name]} in calm weather, {stormy[name]} in the storm"
        for name in calm.keys() - NOT_COMPARED - LETTERS
        if calm[name] != stormy[name]
    ] + [
        f"{name}: {calm['events'].get(name)} told in calm weather, {stormy['events'].get(name)} in the storm"
        for name in calm["events"].keys() | stormy["events"].keys()
        if not name.startswith("letter-") and calm["events"].get(name) != stormy["events"].get(name)
    ]
