"""Lines about what is where: a database that was restored, topics that begin anew, and the count of what was told."""

from chassis.log_events.fields import ERROR, EVENT_ID, EVENT_TYPE, EXCEPTION, KEY, PARTITION, REASON, RECORDS, TOPIC
from chassis.log_events.model import Field, line, number

_TOPICS = Field("topics", {"type": "array", "items": {"type": "string"}, "minItems": 1}, "Kafka topics")
_SINCE = Field("since", {"type": "string", "format": "date-time"}, "when the first of them was told")
_UNTIL = Field("until", {"type": "string", "format": "date-time"}, "when the last of them was told")
_EVENTS = number("events", "how many events", "events", least=1)
_POSITION = number("position", "up to where the database knows the partition", "records")
_COMMITTED = number("committed", "up to where Kafka says that it was handled", "records")
_DIFFERENCES = number("differences", "how many events are on one side only", "events")
_WAITED = number("waited_seconds", "how long it has waited", "seconds")

_BACKUP = "See [backup and restore](backup.md#restore)."
_OPEN = "`told-before list` shows it; it holds up nothing."
_RECONCILE = "See [reconcile](commands.md#reconcile-is-everything-that-was-committed-on-its-topic)."
_KAFKA = "See the runbook, [MentoringOutboxStandsStill](runbook.md#mentoringoutboxstandsstill)."

LOG_EVENTS = (
    line(
        "database.went_back",
        "error",
        "A topic of ours holds events that the database does not know: it was restored to an earlier instant. What "
        "was decided between `since` and `until` is known to others, and to us from the topic alone.",
        f"After a restore: expected; go on with the steps. Without one: who has changed the database? {_BACKUP}",
        always=(TOPIC, PARTITION, _EVENTS, _SINCE, _UNTIL),
    ),
    line(
        "recall.impossible",
        "warning",
        "An event that we had told before a restore could not be taken up again, because it contradicts what is known "
        "now. `reason` says what.",
        f"{_OPEN} {_BACKUP}",
        always=(EVENT_TYPE, EVENT_ID, REASON),
    ),
    line(
        "recall.failed",
        "error",
        "Our code failed on an event that we had told before a restore. It was not taken up again; others were.",
        f"The exception says what to mend. {_OPEN} {_BACKUP}",
        always=(EVENT_TYPE, EVENT_ID, EXCEPTION),
    ),
    line(
        "recall.refused",
        "error",
        "Our Kafka user may not read our own topics, so nobody looks whether the database went back. All else goes on.",
        "Give the user the rules of `deploy/k8s/components/strimzi/users.yaml`, and start a worker anew.",
        always=(_TOPICS, REASON),
    ),
    line(
        "recall.late",
        "warning",
        "After this time it is still not known whether the database went back; timers, jobs and the consumer begin "
        "all the same, as they did before anybody looked.",
        f"Mostly Kafka is away. {_KAFKA}",
        always=(_WAITED,),
    ),
    line(
        "topic.begins_anew",
        "warning",
        "A topic of ours is shorter than the database knows it: it was made anew, or the cluster is another one. It "
        "is read from its beginning.",
        "Nothing, if Kafka was moved. Otherwise: who has deleted the topic?",
        always=(TOPIC, PARTITION),
    ),
    line(
        "consumer.rewound",
        "warning",
        "Kafka says that more was handled than the database knows, so the consumer hears again what the database "
        "forgot. It acts late, but on everything.",
        f"Expected after a restore. Without one: who has changed the database? {_BACKUP}",
        always=(TOPIC, PARTITION, _POSITION, _COMMITTED),
    ),
    line(
        "consumer.not_aligned",
        "warning",
        "The consumer could not find out where its partitions begin. It reads nothing, and begins anew.",
        f"Once: nothing. Again and again: is PostgreSQL or Kafka away? {_KAFKA}",
        always=(ERROR,),
    ),
    line(
        "consumer.begins_anew",
        "info",
        "The consumer connects again, because the database may not be where it was; it goes on from there.",
        "Nothing after `consumer.rewound`, or when PostgreSQL has changed its primary.",
    ),
    line(
        "reconcile.done",
        "info",
        "What was committed was compared with what lies on a topic.",
        "Nothing with 0 `differences`. Otherwise look at `reconcile.differs`.",
        always=(TOPIC, RECORDS, _DIFFERENCES),
    ),
    line(
        "reconcile.differs",
        "error",
        "An event is missing on a topic, or lies there without being known. Others may not have heard it.",
        f"`reason` says which and where. {_RECONCILE}",
        always=(TOPIC, KEY, REASON),
    ),
    line(
        "reconcile.interrupted",
        "warning",
        "What was committed could not be compared with the topics this time. It is tried again at the next turn.",
        f"Once: nothing. Every time: may our user read our topics? {_RECONCILE}",
        always=(ERROR,),
    ),
)
