"""Records that mean harm, each with a key of its own: bad bodies, bad headers, bad keys."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from chassis.envelope import Context, seal
from contracts.event import Event
from tests.fuzz.hostile import bodies
from tests.harness import MONDAY

Header = tuple[str, bytes | None]
NOT_READ = frozenset({
    "tombstone", "unknown type", "unknown major", "a type of somebody else", "a type of 100 KB",
    "a type that is not UTF-8",
})  # fmt: skip
"""These are skipped by rule, not parked."""


@dataclass(frozen=True)
class Hostile:
    """One record and what is wrong with it."""

    name: str
    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header] = field(repr=False)

    @property
    def skipped(self) -> bool:
        return self.name in NOT_READ


def record(event: Event) -> Hostile:
    """An ordinary record, as the relay would send it."""
    sealed = seal(event, source="test", sequence=1, now=MONDAY, context=Context.fresh())
    headers = [(name, value.encode()) for name, value in sealed.headers.items()]
    return Hostile("ordinary", sealed.topic, sealed.key.encode(), sealed.body.encode(), headers)


def fresh(kind: type[Event]) -> Event:
    """An example of its own, so that what is parked for one stands in nobody else's way."""
    return kind.model_validate_json(json.dumps(json.loads(kind.example().body()) | {kind.topic.key: str(uuid4())}))


def hostile(kind: type[Event]) -> Iterator[Hostile]:
    """All of them, for one type of event."""
    pattern = fresh(kind)
    for name, value in bodies(json.loads(pattern.body())):
        good = record(fresh(kind))
        assert good.key is not None
        yield replace(good, name=name, value=value.replace(pattern.key.encode(), good.key))
    for name, headers in HEADERS.items():
        good = record(fresh(kind))
        yield replace(good, name=name, headers=_with(good.headers, headers))
    yield from _bad_keys(kind)
    yield replace(record(fresh(kind)), name="tombstone", value=None)


NOTHING = b"\0nothing"
HEADERS: dict[str, list[tuple[str, bytes | None]]] = {
    "no id": [("ce_id", NOTHING)],
    "no type": [("ce_type", NOTHING)],
    "no sequence": [("ce_sequence", NOTHING)],
    "no time": [("ce_time", NOTHING)],
    "no subject": [("ce_subject", NOTHING)],
    "unknown type": [("ce_type", b"mentoring.person-promoted.v1")],
    "unknown major": [("ce_type", b"mentoring.contact-updated.v99")],
    "a type of somebody else": [("ce_type", b"com.example.invoice.v1")],
    "an id that is none": [("ce_id", b"1; DROP TABLE inbox")],
    "an empty id": [("ce_id", b"")],
    "an id twice": [
        ("ce_id", b"0192f0c4-7a1e-7c3b-9d55-0242ac120003"),
        ("ce_id", b"0192f0c4-7a1e-7c3b-9d55-0242ac120004"),
    ],
    "an id that is not UTF-8": [("ce_id", b"\xff\xfe")],
    "a type that is not UTF-8": [("ce_type", b"\xff\xfe")],
    "some header that is not UTF-8": [("x-trace", b"\x80\x81")],
    "a sequence of words": [("ce_sequence", b"first")],
    "a negative sequence": [("ce_sequence", b"-1")],
    "a sequence beyond 64 bits": [("ce_sequence", b"9" * 30)],
    "a sequence of other digits": [("ce_sequence", "\u0661".encode())],
    "a time that is none": [("ce_time", b"yesterday")],
    "a time without a zone": [("ce_time", b"2027-01-11T09:00:00")],
    "a time before time": [("ce_time", b"0001-01-01T00:00:00+23:59")],
    "a time after time": [("ce_time", b"9999-12-31T23:59:59-23:59")],
    "the subject of somebody else": [("ce_subject", b"somebody-else")],
    "a subject with NUL": [("ce_subject", b"a\0b")],
    "a correlation that is none": [("ce_correlationid", b"{}")],
    "a trace that is none": [("traceparent", b"00-" + b"z" * 500)],
    "a header of 300 KB": [("x-large", b"h" * 300_000)],
    "10 000 headers": [(f"x-{number}", b"") for number in range(10_000)],
    "a header without a name": [("", b"a")],
    "a header without a value": [("x-empty", None)],
    "an id without a value": [("ce_id", None)],
    "a type without a value": [("ce_type", None)],
    "a header with NUL": [("x\0y", b"a\0b")],
    "a type of 100 KB": [("ce_type", b"t" * 100_000)],
}
"""What each puts in the place of ordinary headers; `NOTHING` takes one away."""


def _with(headers: Sequence[Header], changes: list[tuple[str, bytes | None]]) -> list[Header]:
    changed = {name for name, _ in changes}
    kept = [header for header in headers if header[0] not in changed]
    return kept + [change for change in changes if change[1] != NOTHING]


def _bad_keys(kind: type[Event]) -> Iterator[Hostile]:
    luck = random.Random(19)
    keys = {
        "the key of somebody else": b"somebody-else",
        "an empty key": b"",
        "a key that is not UTF-8": b"\xff\xfe\x00",
        "a key with NUL": b"a\0b",
        "a key of 100 KB that does not compress": luck.randbytes(100_000),
        "a key of 5 KB of letters that do not compress": luck.randbytes(2_500).hex().encode(),
    }
    for name, key in keys.items():
        yield replace(record(fresh(kind)), name=name, key=key)
        yield replace(record(fresh(kind)), name=f"{name}, again", key=key)
