"""For long runs by hand: a fuzzer that is led by coverage looks for bytes that are neither an event nor `Malformed`.

It is not among the pinned requirements, since nothing else needs it:

    python -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install --require-hashes -r requirements/runtime.txt
    /tmp/fuzz/bin/pip install atheris
    PYTHONPATH=. /tmp/fuzz/bin/python tests/fuzz/envelope_target.py -max_total_time=600 -max_len=4096

What it finds it writes to a file `crash-…`; give that file as the argument to see it again.
"""

import sys

import atheris

with atheris.instrument_imports(include=["chassis.envelope", "chassis.consumer", "contracts"]):
    from chassis.consumer import on
    from chassis.consumer.messages import Message, sort_in
    from chassis.consumer.replay import StoredRecord
    from contracts.registry import EVENTS

REACTIONS = {kind.event_type(): on(kind, None) for kind in EVENTS}
NAMES = ("ce_id", "ce_type", "ce_subject", "ce_time", "ce_sequence", "ce_correlationid", "traceparent", "x-other")
USUAL = {
    "ce_id": b"0192f0c4-7a1e-7c3b-9d55-0242ac120003",
    "ce_source": b"/mentoring/test",
    "ce_time": b"2027-01-11T09:00:00Z",
    "ce_sequence": b"1",
}


def sort_one(data: bytes) -> None:
    """Sorts in one record made of these bytes; anything but a message, parked or not, is a finding."""
    given = atheris.FuzzedDataProvider(data)
    kind = EVENTS[given.ConsumeIntInRange(0, len(EVENTS) - 1)]
    example = kind.example()
    key = example.key.encode()
    headers = USUAL | {"ce_type": kind.event_type().encode(), "ce_subject": key}
    for _ in range(given.ConsumeIntInRange(0, 3)):
        name = NAMES[given.ConsumeIntInRange(0, len(NAMES) - 1)]
        headers[name] = given.ConsumeBytes(given.ConsumeIntInRange(0, 60))
    value, at = bytearray(example.body().encode()), given.ConsumeIntInRange(0, 400)
    value[at : at + given.ConsumeIntInRange(0, 40)] = given.ConsumeBytes(given.remaining_bytes())
    message = sort_in(StoredRecord(kind.topic.name, 0, 0, key, bytes(value), list(headers.items())), REACTIONS)
    if isinstance(message, Message) and message.heard is not None:
        kind = REACTIONS[message.type or ""].event
        if kind.read(message.heard.event.body()) != message.heard.event:
            raise AssertionError("an event that was read and written again is another one")


if __name__ == "__main__":
    atheris.Setup(sys.argv, sort_one)
    atheris.Fuzz()
