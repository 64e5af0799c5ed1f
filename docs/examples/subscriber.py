"""A subscriber in plain Python (pip install confluent-kafka): prints one line for each event, once.
What it has handled and how far it has read change in one transaction (SQLite): kill it, nothing is lost or done twice.
"""
# ruff: noqa: INP001, T201, ANN001, ANN201, ANN202 - a script that speaks to the terminal, as short as it can be

import argparse
import json
import sqlite3
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException

TOPICS = "profiles.person.v1,matching.program.v1,matching.run.v1,matching.match.v1,engagement.relationship.v1,"
SETTINGS = {"enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "earliest"}
TABLES = """
CREATE TABLE IF NOT EXISTS offsets (topic TEXT, part INTEGER, next INTEGER, PRIMARY KEY (topic, part));
CREATE TABLE IF NOT EXISTS handled (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS latest (topic TEXT, key TEXT, sequence INTEGER, body TEXT, PRIMARY KEY (topic, key));
"""
NEWER = "ON CONFLICT DO UPDATE SET sequence = ?3, body = ?4 WHERE sequence < ?3"


def connection(brokers):
    """Where Kafka is: as said, or as `make up` has written it down."""
    where = {"kafka": brokers.split(",")} if brokers else json.loads(Path(".local/platform.json").read_text())
    found = {"bootstrap.servers": ",".join(where["kafka"])}
    if login := where.get("kafka_security"):
        found |= {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": login["mechanism"]}
        found |= {"sasl.username": login["user"], "sasl.password": Path(login["password_file"]).read_text().strip()}
    return found


def handle(db, record):
    """Acts on a record unless its event was handled before; all it does is part of one transaction."""
    key, headers = record.key().decode(), {name: value.decode() for name, value in record.headers() or []}
    if record.value() is None:  # a tombstone: whatever is known of this key is to be forgotten
        db.execute("DELETE FROM latest WHERE topic = ? AND key = ?", (record.topic(), key))
    elif db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (headers["ce_id"],)).rowcount:  # else: told again
        story = (record.topic(), key, int(headers["ce_sequence"]), record.value().decode())  # plain JSON
        db.execute(f"INSERT INTO latest VALUES (?1, ?2, ?3, ?4) {NEWER}", story)  # by sequence, never by time
        print(headers["ce_time"], headers["ce_type"], f"{key}#{headers['ce_sequence']}", headers["ce_id"])


def main():
    parser = argparse.ArgumentParser(description="Prints one line for each event, once.")
    parser.add_argument("--brokers", help="host:port, several with commas; default: those of `make up`")
    parser.add_argument("--topics", default=TOPICS + "matching.shortlist.v1,notifications.letter.v1", help="by commas")
    parser.add_argument("--group", default="example", help="consumer group, yours alone")
    parser.add_argument("--state", default="subscriber.db", help="SQLite file; remove it to read all from the start")
    parser.add_argument("--until-end", action="store_true", help="stop when everything there is has been read")
    args = parser.parse_args()
    db, ends = sqlite3.connect(args.state), set()
    db.executescript(TABLES)

    def continue_where_we_were(consumer, partitions):
        for each in partitions:
            row = db.execute("SELECT next FROM offsets WHERE topic = ? AND part = ?", (each.topic, each.partition))
            each.offset = (row.fetchone() or [OFFSET_BEGINNING])[0]
        consumer.assign(partitions)

    membership = {"group.id": args.group, "group.instance.id": args.group}  # static: a restart takes its place at once
    consumer = Consumer({**membership, **SETTINGS, **connection(args.brokers)})
    consumer.subscribe(args.topics.split(","), on_assign=continue_where_we_were)
    while not (args.until_end and ends and len(ends) >= len(consumer.assignment())):
        with db:  # one transaction: what was done, and how far we are
            for record in consumer.consume(500, timeout=0.5):
                if not record.error():
                    handle(db, record)
                    place = (record.topic(), record.partition(), record.offset() + 1)
                    db.execute("INSERT OR REPLACE INTO offsets VALUES (?, ?, ?)", place)
                elif record.error().code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - it has no public name
                    ends.add((record.topic(), record.partition()))
                else:
                    raise KafkaException(record.error())
    consumer.close()


if __name__ == "__main__":
    main()
