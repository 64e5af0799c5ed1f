"""F4, F17: a request is done once whatever happens to its answer, and a late commit is told too."""

import asyncio
from uuid import uuid4

import asyncpg
import httpx

from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.waiting import eventually

POINTS = ("api.committing", "api.committed", "api.answering")
LATE = """
CREATE FUNCTION audit.wait_for_17() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(17);
    RETURN NULL;
END $$;
CREATE TRIGGER wait_for_17 AFTER INSERT ON {teller}.outbox
    FOR EACH ROW WHEN (NEW.key LIKE 'late-%') EXECUTE FUNCTION audit.wait_for_17();
"""


async def test_f4_a_request_whose_answer_was_lost_is_done_once_and_answered_the_same(row, ledger, scale):
    with row("F4") as f4:
        await ledger.start(tellers=2, hearers=1)
        for number in range(scale(2, 6, 10)):
            for point in POINTS:
                await lose_an_answer(ledger, f4, point, width=1 + number % 3)
        f4.recovered(await ledger.settled())
        f4.judge(await ledger.check())


async def lose_an_answer(ledger: Ledger, row, point: str, *, width: int = 1) -> None:
    """The first teller dies while it serves a booking; the client asks the second, and asks again."""
    load, (victim, other) = Load(ledger, width=width), ledger.tellers
    body = {"request": str(uuid4()), "accounts": load.some_accounts(), "amount": 3}
    headers = {"Idempotency-Key": body["request"]}
    victim.kill()
    await victim.start(AT=f"{point}:1").ready()
    async with await load.client() as client:
        try:
            answer = await client.post(f"{victim.url}/v1/bookings", json=body, headers=headers)
            raise AssertionError(f"the request was answered although its process should have died: {answer.text}")
        except httpx.TransportError:
            row.inject(f"SIGKILL at {point}")
        assert await victim.ended() == -9
        first, again = [
            await client.post(f"{other.url}/v1/bookings", json=body, headers=headers) for _ in ("first", "again")
        ]
    ledger.answered[body["request"]] = first.json()["versions"]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert ("Idempotency-Replayed" in first.headers) == (point != "api.committing")


async def test_f17_a_commit_that_comes_late_with_a_small_outbox_id_is_told_too(row, ledger, scale):
    with row("F17") as f17:
        await ledger.sql(LATE)
        await ledger.start(tellers=1, hearers=1)
        for number in range(scale(3, 10, 20)):
            await commit_late(ledger, f"late-{number}")
            f17.inject("late commit")
        f17.recovered(await ledger.settled())
        f17.judge(await ledger.check())


async def commit_late(ledger: Ledger, account: str) -> None:
    """Takes an outbox id, waits until later ids are committed and carried away, and commits then."""
    load = Load(ledger)
    gate = await asyncpg.connect(ledger.admin)
    async with await load.client() as client:
        await gate.execute("SELECT pg_advisory_lock(17)")
        late = asyncio.create_task(load.book(client, accounts=[account]))
        await eventually(lambda: waits_at_the_gate(ledger))
        for _ in range(10):
            await load.book(client)
        await eventually(lambda: ledger.sql("SELECT FROM {teller}.outbox"), lambda rows: not rows)
        assert not late.done()
        await gate.close()
        await late


async def waits_at_the_gate(ledger: Ledger) -> bool:
    """Whether the late one has its outbox id and waits."""
    return bool(
        await ledger.sql(
            "SELECT FROM pg_stat_activity WHERE usename = $1 AND wait_event = 'advisory'", f"{ledger.teller}_app"
        )
    )
