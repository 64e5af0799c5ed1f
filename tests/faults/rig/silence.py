"""How long an outage was for those it matters to: the longest time in which nothing took effect or was answered."""

import asyncio

from tests.faults.report.row import Row
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.faults.servers.mortal import Mortal
from tests.waiting import eventually

_SILENCE = """
SELECT coalesce(max(gap), 0)::float FROM (
    SELECT extract(epoch FROM at - lag(at) OVER (ORDER BY at)) AS gap FROM {hearer}.effects) AS gaps
"""


async def longest_silence(ledger: Ledger) -> float:
    """Seconds between two neighbouring effects; only meaningful under a load that never pauses."""
    ((seconds,),) = await ledger.sql(_SILENCE)
    return round(seconds, 2)


async def flows_again(ledger: Ledger) -> None:
    """Waits until something that is committed after now has had its effect."""
    before = await _count(ledger, "SELECT count(*) FROM audit.told WHERE service = '{teller}'")
    await eventually(lambda: _count(ledger, "SELECT count(*) FROM {hearer}.effects"), before.__lt__, within=90)


async def _count(ledger: Ledger, query: str) -> int:
    ((count,),) = await ledger.sql(query)
    return int(count)


async def start_again(server: Mortal) -> None:
    """Starts a killed server and waits until it serves, while everything else goes on."""
    server.launch()
    await asyncio.to_thread(server.wait)


def note_answers(row: Row, load: Load) -> None:
    """How long people waited, and how often they had to ask again."""
    asked_again = load.sent.total() - sum(load.sent[fate] for fate in ("answered", "refused", "spoilt"))
    row.measured["asked again"] = row.measured.get("asked again", 0) + asked_again
    longest = max([*load.seconds, row.measured.get("longest answer s", 0.0)])
    row.measured["longest answer s"] = round(longest, 2)
