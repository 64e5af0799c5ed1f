"""Lines about events on their way: outbox, relay, consumer, parked messages."""

from chassis.log_events.fields import (
    BY,
    DURATION_MS,
    ERROR,
    EVENT_ID,
    EVENT_TYPE,
    EXCEPTION,
    FAILURES,
    KEY,
    OFFSET,
    PARTITION,
    PLACE,
    REASON,
    RECORDS,
    TOPIC,
)
from chassis.log_events.model import Field, line, number

_PARKED_ID = number("parked_id", "its number in `parked list`", "number", least=1)
_TYPES = Field(
    "types",
    {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
    "how many of each CloudEvents type",
    "records",
)
_REASONS = Field("reasons", {"type": "array", "items": {"type": "string"}, "minItems": 1}, "why, a sentence each")

_PARKED = "See the runbook, [MentoringMessagesParked](runbook.md#mentoringmessagesparked)."
_KAFKA = "See the runbook, [MentoringOutboxStandsStill](runbook.md#mentoringoutboxstandsstill)."
_BEHIND = "See the runbook, [MentoringConsumerStandsStill](runbook.md#mentoringconsumerstandsstill)."

LOG_EVENTS = (
    line(
        "batch.handled",
        "info",
        "Events were heard and acted upon, all of them in one transaction.",
        always=(RECORDS, _TYPES, DURATION_MS),
    ),
    line("event.handled", "debug", "One event of such a batch, for those who follow a single one.", always=PLACE),
    line(
        "event.failed",
        "error",
        "Our code failed on one event. It is parked (`event.parked` follows) and its story stands still; others go on.",
        f"The exception says what to mend; after the release bring it back with `parked replay`. {_PARKED}",
        always=(*PLACE, EXCEPTION),
    ),
    line(
        "event.parked",
        "error",
        "An event was set aside, and what follows for the same person, offer or pair waits behind it. Nothing is lost, "
        "but for these people nothing goes on until somebody looks. Without partition and offset: the relay set it "
        "aside, because the broker refuses its size.",
        _PARKED,
        always=(TOPIC, REASON),
        sometimes=(PARTITION, OFFSET, EVENT_TYPE, EVENT_ID, KEY),
    ),
    line(
        "event.replayed",
        "info",
        "Somebody brought a parked event back, and it was acted upon.",
        always=(_PARKED_ID, TOPIC, BY),
    ),
    line(
        "event.discarded",
        "warning",
        "Somebody took a parked event out for good. What it said is not known to this service.",
        "Nothing, if it was meant. The row stays, with who and why.",
        always=(_PARKED_ID, TOPIC, BY, REASON),
    ),
    line(
        "batch.given_back",
        "warning",
        "A batch could not be acted upon, even after eight tries; its offsets stay, so it comes again. "
        "What should follow comes late.",
        f"Mostly the database is away. {_BEHIND}",
        always=(ERROR, RECORDS),
    ),
    line(
        "consumer.interrupted",
        "warning",
        "The consumer cannot use Kafka and tries again, at least every five seconds. Nothing is heard meanwhile.",
        f"`reason` says which broker, user or certificate. {_KAFKA}",
        always=(ERROR, FAILURES, REASON),
    ),
    line(
        "consumer.restarted",
        "warning",
        "The watchdog found a consumer that looked alive and stood still, and started it anew.",
        f"Once: nothing. Again and again: {_BEHIND[0].lower()}{_BEHIND[1:]}",
        always=(_REASONS,),
    ),
    line(
        "consumer.died",
        "warning",
        "While it was being stopped the consumer raised what it had died of. A new one takes its place.",
        f"Once: nothing. Again and again: {_BEHIND[0].lower()}{_BEHIND[1:]}",
        always=(ERROR,),
    ),
    line(
        "consumer.secrets_rotated",
        "info",
        "A password or certificate for Kafka has changed; the consumer connects anew with it.",
    ),
    line(
        "relay.interrupted",
        "warning",
        "What was told could not be handed to Kafka. It stays in the outbox and is tried again; others hear it late. "
        "Said for the 1st, 10th and every 100th time in a row.",
        _KAFKA,
        always=(ERROR, FAILURES),
        sometimes=(REASON,),
    ),
    line(
        "relay.secrets_rotated",
        "info",
        "A password or certificate for Kafka has changed; the relay connects anew with it.",
    ),
    line(
        "relay.close_failed",
        "debug",
        "A connection that is being thrown away did not say goodbye.",
        always=(ERROR,),
    ),
)
