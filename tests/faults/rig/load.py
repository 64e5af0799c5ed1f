"""Clients that book all the time. Each repeats its request, with its Idempotency-Key, until it is answered."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.rig.ledger import Ledger
from tests.waiting import eventually

AGAIN = {429, 503}
KEPT, NOT_KEPT = 201, {"refused": 409, "spoilt": 500}
OFTEN = 0.1
BREATH = 0.05
ANSWERED_WITHIN = 120.0


@dataclass
class Load:
    """`rate` bookings a second over `accounts` accounts, each of `width` accounts; a share of them rolls back."""

    ledger: Ledger
    rate: float = 60.0
    accounts: int = 40
    width: int = 5
    rolled_back: float = 0.1
    always: tuple[str, ...] = ()
    """Accounts that are in one of ten bookings."""
    timeout: float = 10.0
    """Seconds that a client waits before it asks somebody else."""
    sent: Counter[str] = field(default_factory=Counter)
    """How it went: `answered`, `refused`, `spoilt`, and what had to be sent again, by why."""
    seconds: list[float] = field(default_factory=list)
    """From the first attempt to the answer, of each."""
    _stopping: bool = False
    _turn: Any = field(default_factory=itertools.count)

    async def client(self) -> httpx.AsyncClient:
        """Knows who calls; connections are not kept, since processes come and go."""
        limits = httpx.Limits(max_keepalive_connections=50)
        return httpx.AsyncClient(
            timeout=self.timeout, limits=limits, headers={"Authorization": f"Bearer {self.ledger.token()}"}
        )

    def urls(self) -> list[str]:
        """Whom to ask; those that are known to be down are asked too, as a client would."""
        return [proc.url for proc in self.ledger.tellers if proc.role != "worker"]

    async def book(self, client: httpx.AsyncClient, *, fate: str = "kept", **more: Any) -> httpx.Response:
        """One booking, sent until it is answered."""
        body = {
            "request": str(uuid4()),
            "accounts": self.some_accounts(),
            "amount": random.randint(1, 9),
            "fate": fate,
        }
        return await self.send(client, body | more)

    async def send(self, client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
        """Sends this booking to one after the other until somebody answers it."""
        begun = time.monotonic()
        headers = {"Idempotency-Key": body["request"]}
        while True:
            urls = self.urls()
            url = urls[next(self._turn) % len(urls)]
            try:
                answer = await client.post(f"{url}/v1/bookings", json=body, headers=headers)
            except httpx.TransportError as error:
                self.sent[type(error).__name__] += 1
            else:
                if answer.status_code not in AGAIN:
                    self.seconds.append(time.monotonic() - begun)
                    return self._count(answer, body)
                self.sent[str(answer.status_code)] += 1
            if time.monotonic() - begun > ANSWERED_WITHIN:
                raise AssertionError(f"nobody has answered a booking for {ANSWERED_WITHIN:.0f} s: {dict(self.sent)}")
            await asyncio.sleep(BREATH)

    def _count(self, answer: httpx.Response, body: dict[str, Any]) -> httpx.Response:
        fate = body.get("fate", "kept")
        expected = KEPT if fate == "kept" else NOT_KEPT[fate]
        assert answer.status_code == expected, f"{answer.status_code} for a booking that is {fate}: {answer.text}"
        self.sent["answered" if fate == "kept" else fate] += 1
        if answer.status_code == KEPT:
            self.ledger.answered[body["request"]] = answer.json()["versions"]
        return answer

    def some_accounts(self) -> list[str]:
        chosen = [f"a-{number:04}" for number in random.sample(range(self.accounts), self.width)]
        return [*chosen, *(self.always if random.random() < OFTEN else ())]

    def _fate(self) -> str:
        return random.choice(("refused", "spoilt")) if random.random() < self.rolled_back else "kept"

    async def run(self) -> None:
        """Books at the rate until `stop`, then waits for the answers that are due."""
        begun = time.monotonic()
        async with await self.client() as client, asyncio.TaskGroup() as group:
            for number in itertools.count():
                if self._stopping:
                    break
                group.create_task(self.book(client, fate=self._fate()))
                await asyncio.sleep(max(0.0, begun + number / self.rate - time.monotonic()))

    async def answered(self, more: int) -> None:
        """Waits until so many more bookings were answered."""
        until = self.sent["answered"] + more
        await eventually(lambda: self.sent["answered"], lambda count: count >= until, within=ANSWERED_WITHIN)

    def stop(self) -> None:
        """No new bookings."""
        self._stopping = True


@asynccontextmanager
async def under_load(ledger: Ledger, **how: Any) -> AsyncIterator[Load]:
    """Books all the while; at the end every booking is answered."""
    load = Load(ledger, **how)
    running = asyncio.create_task(load.run())
    try:
        yield load
        load.stop()
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
