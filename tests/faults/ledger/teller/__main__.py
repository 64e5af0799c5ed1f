"""`python -m tests.faults.ledger.teller serve | migrate | parked | outbox`: books amounts and tells of it."""

from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter

from chassis.cli import run
from chassis.db import Tx
from chassis.errors import Conflict, NotFound
from chassis.http import Body, Call, allow, problems
from chassis.outbox import tell
from chassis.service import Service
from chassis.settings import Settings
from tests.faults.ledger.story import NAME, AmountBooked

router = APIRouter(tags=["bookings"])
System = Annotated[Call, allow("system")]

# Sorted, so that two bookings with common accounts wait for each other instead of locking each other out.
_BOOK = """
INSERT INTO accounts (account_id, version, balance, last_request, spoilt)
SELECT id, 1, $2, $3, $4 FROM unnest($1::text[]) AS id ORDER BY id
ON CONFLICT (account_id) DO UPDATE SET version = accounts.version + 1, balance = accounts.balance + $2,
    last_request = excluded.last_request, spoilt = excluded.spoilt
RETURNING account_id, version, balance
"""


class Booking(Body):
    """An amount for one or more accounts, in one transaction."""

    request: str
    accounts: tuple[str, ...]
    amount: int = 1
    memo: str = ""
    fate: Literal["kept", "refused", "spoilt"] = "kept"
    """`refused` rolls back after telling, `spoilt` fails while it commits: neither may ever be heard of."""


class Booked(Body):
    """The versions that the accounts now have."""

    request: str
    versions: dict[str, int]


class Account(Body):
    """An account as it is."""

    account_id: str
    version: int
    balance: int


class Refused(Conflict):
    """This booking is refused, as it was asked for."""


@router.post("/bookings", status_code=201, responses=problems(409))
async def book(body: Booking, call: System) -> Booked:
    """Books an amount."""

    async def work(tx: Tx) -> Booked:
        rows = await tx.fetch(_BOOK, list(body.accounts), body.amount, body.request, body.fate == "spoilt")
        events = [
            AmountBooked(account_id=key, number=version, balance=balance, request=body.request, memo=body.memo)
            for key, version, balance in rows
        ]
        await tell(tx, events, now=call.now)
        if body.fate == "refused":
            raise Refused
        return Booked(request=body.request, versions={row["account_id"]: row["version"] for row in rows})

    return await call.change(work)


@router.get("/accounts/{account_id}", responses=problems(404))
async def read(account_id: str, call: System) -> Account:
    """Shows an account."""

    async def work(tx: Tx) -> Account:
        row = await tx.fetchrow("SELECT account_id, version, balance FROM accounts WHERE account_id = $1", account_id)
        if row is None:
            raise NotFound("there is no such account")
        return Account(**dict(row))

    return await call.read(work)


SERVICE = Service(
    name=f"teller_{NAME}",
    about="Books amounts and tells of it, for the faults suite.",
    settings=Settings,
    tells=(AmountBooked,),
    routers=(router,),
    home=Path(__file__).parent,
)

if __name__ == "__main__":
    run(SERVICE)
