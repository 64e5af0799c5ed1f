"""`python -m tests.faults.ledger.alarm serve`: the hearer's schema, and nothing but timers that ring."""

from datetime import datetime

from chassis.cli import run
from chassis.db import Tx
from chassis.service import Service
from chassis.settings import Settings
from chassis.timers import at
from tests.faults.ledger.hearer.__main__ import SERVICE as HEARER


async def ring(tx: Tx, key: str, *, now: datetime) -> None:
    """One row for each time it rings; no unique key stands in the way of a second one."""
    await tx.execute("INSERT INTO rings (key, said) VALUES ($1, $2)", key, now)


SERVICE = Service(
    name=HEARER.name,
    about="Rings, for the faults suite.",
    settings=Settings,
    timers=(at("ring", ring),),
    home=HEARER.home,
)

if __name__ == "__main__":
    run(SERVICE)
