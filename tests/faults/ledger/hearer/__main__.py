"""`python -m tests.faults.ledger.hearer serve | migrate | parked | outbox`: takes up what was booked."""

from datetime import datetime
from pathlib import Path

from chassis.cli import run
from chassis.consumer import on
from chassis.db import Tx
from chassis.outbox import tell
from chassis.service import Service
from chassis.settings import Settings
from tests.faults.ledger.story import NAME, AmountBooked, AmountNoted

# No unique key here: only the inbox stands between a second delivery and a second effect.
_EFFECT = "INSERT INTO effects (event_id, account_id, sequence) VALUES ($1, $2, $3)"
_BALANCE = """
INSERT INTO balances (account_id, balance, sequence) VALUES ($1, $2, $3)
ON CONFLICT (account_id) DO UPDATE SET balance = excluded.balance, sequence = excluded.sequence
WHERE balances.sequence < excluded.sequence
"""


async def note(tx: Tx, event: AmountBooked, *, now: datetime) -> None:
    """One effect per event, the newest balance per account, and one event told for each one heard."""
    heard = tx.heard
    assert heard is not None
    await tx.execute(_EFFECT, heard.id, event.account_id, heard.sequence)
    await tx.execute(_BALANCE, event.account_id, event.balance, heard.sequence)
    await tell(tx, [AmountNoted(account_id=event.account_id, booking=heard.id)], now=now)


SERVICE = Service(
    name=f"hearer_{NAME}",
    about="Takes up what was booked, for the faults suite.",
    settings=Settings,
    hears=(on(AmountBooked, note),),
    tells=(AmountNoted,),
    home=Path(__file__).parent,
)

if __name__ == "__main__":
    run(SERVICE)
