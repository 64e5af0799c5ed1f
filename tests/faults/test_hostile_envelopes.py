"""Whatever bytes come in, `open_record` gives an event or says `Malformed`: nothing else, and soon."""

import json
import string
import time
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.consumer import on
from chassis.consumer.messages import LONGEST_KEY, Message, sort_in
from chassis.consumer.replay import StoredRecord
from chassis.envelope import Heard, Malformed, open_record
from contracts.registry import EVENTS
from tests.faults.extent import scaled
from tests.fuzz.records import HEADERS, fresh, hostile, record

NAMES = st.one_of(st.sampled_from([name for name, _ in record(fresh(EVENTS[0])).headers]), st.text(max_size=20))
SCRAPS = st.one_of(
    st.none(),
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([value for changes in HEADERS.values() for _, value in changes][:20]),
    st.datetimes(timezones=st.timezones() | st.none()).map(lambda at: at.isoformat().encode()),
    st.integers().map(lambda number: str(number).encode()),
    st.uuids().map(lambda number: str(number).encode()),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(string.printable, max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
EXAMPLES = scaled(300, 2_000, 20_000)
SOON = 2.0


@st.composite
def records(draw):
    """An event's record with some bytes changed, some headers changed, or all of it made up."""
    kind = draw(st.sampled_from(EVENTS))
    good = record(kind.example())
    headers = dict(good.headers) | draw(st.dictionaries(NAMES, SCRAPS, max_size=4))
    for name in draw(st.sets(st.sampled_from(sorted(headers)), max_size=1)):
        del headers[name]
    value = draw(st.one_of(st.just(good.value), st.binary(max_size=200), _bent(good.value), _changed(kind)))
    key = draw(st.one_of(st.just(good.key), st.none(), SCRAPS))
    return kind, StoredRecord(good.topic, 0, 0, key, value, list(headers.items()))


def _bent(value):
    """Some bytes of it are others."""
    place = st.integers(0, len(value) - 1)
    return st.builds(lambda at, scrap: value[:at] + scrap + value[at + len(scrap) :], place, st.binary(max_size=4))


def _changed(kind):
    """Some fields hold something else."""
    event = json.loads(kind.example().body())
    changes = st.dictionaries(st.sampled_from(sorted(event)), VALUES, max_size=3)
    return changes.map(lambda changed: json.dumps(event | changed).encode())


def opened(kind, raw):
    """The event, or why it is none."""
    try:
        return open_record(kind, topic=raw.topic, key=raw.key, value=raw.value, headers=raw.headers)
    except Malformed as error:
        return error


@settings(max_examples=EXAMPLES, deadline=2_000, derandomize=True, suppress_health_check=list(HealthCheck))
@given(records())
def test_any_record_is_an_event_or_malformed(made):
    kind, raw = made
    heard = opened(kind, raw)
    if isinstance(heard, Malformed):
        assert 0 < len(str(heard)) <= 300
        return
    assert isinstance(heard, Heard)
    assert heard.time.tzinfo is UTC
    assert heard.sequence >= 0
    assert heard.event == kind.read(heard.event.body())


@settings(max_examples=EXAMPLES, deadline=2_000, derandomize=True)
@given(records())
def test_any_record_is_sorted_in_and_its_key_can_be_kept(made):
    kind, raw = made
    sorted_in = sort_in(raw, {kind.event_type(): on(kind, None)})
    if isinstance(sorted_in, Message) and sorted_in.key is not None:
        sorted_in.key.encode()
        assert "\0" not in sorted_in.key
        assert len(sorted_in.key) <= LONGEST_KEY + 65


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_the_worst_records_of_each_event_are_read_soon(kind):
    for one in hostile(kind):
        begun = time.monotonic()
        sort_in(
            StoredRecord(one.topic, 0, 0, one.key, one.value, list(one.headers)), {kind.event_type(): on(kind, None)}
        )
        assert time.monotonic() - begun < SOON, one.name
