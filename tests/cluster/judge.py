"""The end: all is quiet, and the checker of the faults suite compares what was committed with what came of it."""

from typing import Any

from contracts.topics import TOPICS
from deploy.local.logins import client
from tests.cluster.problems import Broken
from tests.cluster.rows import Row
from tests.cluster.servers import Servers
from tests.faults.storm import traces
from tests.faults.storm.judge import findings

MUST_BE_ZERO = ("outbox_pending", "parked", "gap_ppm")
MUST_HAVE_HAPPENED = (
    "pairs",
    "relationships",
    "agreements_signed",
    "meetings_held",
    "checkins_completed",
    "letters_sent",
)


async def judge(servers: Servers, row: Row) -> None:
    """Reads topics, tables and letters as a stranger, and says what does not hold."""
    row.done = "topics, tables and letters read by the common checker, once all is quiet"
    places = servers.places
    login = client(",".join(places["kafka"]), places["kafka_admin"])
    more = [topic.name for topic in TOPICS if topic.name not in traces.TOPICS]
    found = await traces.read_traces(
        places["postgres"]["admin"], places["kafka"], servers.instance.letters, more=more, login=login
    )
    committed = sum(map(len, found.told.values()))
    on_topic = {record.id for records in found.records.values() for record in records}
    twice = sum(map(len, found.records.values())) - len(on_topic)
    row.saw(f"{committed} events committed, {len(on_topic)} on the topics, {committed - len(on_topic)} lost")
    row.saw(f"{twice} twice on a topic, {len(found.letters)} letters taken, {len(found.in_doubt)} in doubt")
    if wrong := findings(found):
        raise Broken("; ".join(wrong[:10]))


def look_at(report: dict[str, Any], row: Row) -> None:
    """What the company's report must and must not say."""
    row.saw(", ".join(f"{report[name]} {name.replace('_', ' ')}" for name in MUST_HAVE_HAPPENED))
    left = [f"{name} is {report[name]}" for name in MUST_BE_ZERO if report[name]]
    left += [f"there are no {name.replace('_', ' ')}" for name in MUST_HAVE_HAPPENED if not report[name]]
    if left:
        raise Broken("; ".join(left))
