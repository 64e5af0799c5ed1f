"""A subscriber in plain Python: prints one line for each event, once.
What it has handled and how far it has read change in one transaction (SQLite): kill it, nothing is lost or done twice.
"""
# ruff: noqa: INP001, T201, ANN001, ANN201, ANN202, RET503 - a script that speaks to the terminal, as short as it can be

import argparse
import os
import signal
import sqlite3
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException
from models import MatchProposed

TOPICS = "profiles.person.v1,matching.program.v1,matching.run.v1,matching.match.v1,engagement.relationship.v1,"
MORE = "matching.shortlist.v1,notifications.letter.v1,webhooks.subscription.v1"
TABLES = """CREATE TABLE IF NOT EXISTS offsets (topic, part, next, PRIMARY KEY (topic, part));
CREATE TABLE IF NOT EXISTS handled (id PRIMARY KEY); CREATE TABLE IF NOT EXISTS parked (topic, part, at, why);
CREATE TABLE IF NOT EXISTS latest (topic, key, sequence INTEGER, body, heard INTEGER, PRIMARY KEY (topic, key))"""
LATEST = """INSERT INTO latest VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET heard = heard + 1,
body = iif(excluded.sequence > sequence, excluded.body, body), sequence = max(sequence, excluded.sequence)"""


def handle(db, record):
    """Acts on a record unless its event was handled before; all it does is part of one transaction."""
    key, head = record.key().decode(), {name: value.decode() for name, value in record.headers() or []}
    if record.value() is None:  # a tombstone: what is known of this key is to be forgotten
        return db.execute("DELETE FROM latest WHERE topic = ? AND key = ?", (record.topic(), key))
    line = [head["ce_time"], head["ce_type"], f"{key}#{head['ce_sequence']}", head["ce_id"]]
    if head["ce_type"] == "mentoring.match-proposed.v1":  # of the other types any fields will do
        match = MatchProposed.model_validate_json(record.value())
        line += [match.mentee_id, match.mentor_id]
    if db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (head["ce_id"],)).rowcount:  # else it was told again
        db.execute(LATEST, (record.topic(), key, head["ce_sequence"], record.value().decode()))  # never by time
        print(*line, flush=True)


def main():
    parser = argparse.ArgumentParser(description="Prints one line for each event, once.")
    parser.add_argument("--topics", default=TOPICS + MORE, help="by commas")
    parser.add_argument("--name", default="example-python", help="group, yours alone; .db: the file of what is done")
    parser.add_argument("--until-end", action="store_true", help="stop when everything there is has been read")
    args, ends, stop = parser.parse_args(), set(), []
    signal.signal(signal.SIGTERM, lambda *_: stop.append("ends what has begun"))
    db, password = sqlite3.connect(f"{args.name}.db"), Path(os.environ["KAFKA_PASSWORD_FILE"])
    db.executescript(TABLES)

    def continue_where_we_were(consumer, partitions):
        for each in partitions:
            row = db.execute("SELECT next FROM offsets WHERE topic = ? AND part = ?", (each.topic, each.partition))
            each.offset = (row.fetchone() or [OFFSET_BEGINNING])[0]
        consumer.assign(partitions)

    settings = {"enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "earliest"}
    settings |= {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-512"}
    settings |= {"sasl.username": os.environ["KAFKA_USER"], "sasl.password": password.read_text().strip()}
    settings |= {"group.id": args.name, "group.instance.id": args.name}  # static: a restart takes its place at once
    consumer = Consumer({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], **settings})
    consumer.subscribe(args.topics.split(","), on_assign=continue_where_we_were)
    while not stop and not (args.until_end and ends and len(ends) >= len(consumer.assignment())):
        with db:  # one transaction: what was done, and how far we are
            for record in consumer.consume(500, timeout=0.5):
                at = (record.topic(), record.partition(), record.offset())
                if record.error() and record.error().code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - no other name
                    ends.add(at[:2])
                    continue
                if record.error():
                    raise KafkaException(record.error())
                try:
                    handle(db, record)
                except (AttributeError, KeyError, ValueError) as refused:  # look later, and go on
                    db.execute("INSERT INTO parked VALUES (?, ?, ?, ?)", (*at, repr(refused)))
                db.execute("INSERT OR REPLACE INTO offsets VALUES (?, ?, ?)", (*at[:2], at[2] + 1))
    consumer.close()


if __name__ == "__main__":
    main()
