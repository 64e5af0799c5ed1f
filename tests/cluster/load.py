"""People who use the services all the while: each request on a new connection, asked again as clients are told to.

What clients are told: after a broken connection, 429, 502, 503 or 504, ask again with the same Idempotency-Key. They
do so for a minute. Anything else above 499, or no answer within that minute, is a failed request.
"""

import asyncio
import contextlib
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

AGAIN = frozenset({429, 502, 503, 504})
ASKED_FOR = 60.0
ONE_TRY = 10.0
PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
PEOPLE = tuple(f"load-{number:02}" for number in range(20))
CHANGES_ONE_IN = 10


@dataclass
class Tally:
    """How the requests of a while went."""

    answered: int = 0
    again: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    longest: float = 0.0

    def words(self) -> str:
        """As a row says it."""
        why = ", ".join(f"{what} {count}" for what, count in self.again.most_common())
        asked_again = f", asked again: {why}" if why else ", none asked twice"
        failed = f", {len(self.failed)} FAILED" if self.failed else ""
        return f"{self.answered} requests answered{asked_again}{failed}, the slowest in {self.longest:.1f} s"


@dataclass
class Load:
    """`rate` requests a second, over all services; one in ten changes something, which is told and heard."""

    urls: Mapping[str, str]
    token: Callable[..., str]
    rate: float = 10.0
    tally: Tally = field(default_factory=Tally)
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)

    async def enter_people(self) -> None:
        """They are in the directory, and take no part in the program."""
        async with self._client() as client:
            for person in PEOPLE:
                body = {"name": person, "email": f"{person}@corp.example", "time_zone": "UTC", "languages": ["en"]}
                await self._ask(client, "PUT", "profiles", f"/v1/people/{person}", "hr-directory", "system", body)
        if self.tally.failed:
            raise AssertionError(self.tally.failed[0])

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Asks at the rate until the end, then waits for the answers that are due."""
        stop = asyncio.Event()
        task = asyncio.create_task(self._run(stop))
        try:
            yield
            stop.set()
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self, stop: asyncio.Event) -> None:
        async with self._client() as client, asyncio.TaskGroup() as group:
            begun = time.monotonic()
            for number in itertools.count(1):
                if stop.is_set():
                    break
                group.create_task(self._one(client))
                await asyncio.sleep(max(0.0, begun + number / self.rate - time.monotonic()))

    def _client(self) -> httpx.AsyncClient:
        # A kept connection would stay with its pod: then nobody would notice whom a Service sends people to.
        return httpx.AsyncClient(timeout=ONE_TRY, limits=httpx.Limits(max_keepalive_connections=0))

    async def _one(self, client: httpx.AsyncClient) -> None:
        number = next(self._numbers)
        person = PEOPLE[number // CHANGES_ONE_IN % len(PEOPLE)]
        if number % CHANGES_ONE_IN == 0:
            body = {"goals": f"be heard, the {number}th time"}
            await self._ask(client, "PATCH", "profiles", f"/v1/people/{person}", person, "participant", body)
            return
        service, path, role = (
            ("profiles", f"/v1/people/{person}", "participant"),
            ("matching", "/v1/programs", "coordinator"),
            ("engagement", "/v1/relationships", "participant"),
            ("notifications", f"/v1/people/{person}/preferences", "participant"),
        )[number % 4]
        await self._ask(client, "GET", service, path, person, role)

    async def _ask(
        self, client: httpx.AsyncClient, method: str, service: str, path: str, who: str, role: str, body: Any = None
    ) -> None:
        """One request, until it is answered."""
        begun, pauses = time.monotonic(), itertools.chain(PAUSES, itertools.repeat(PAUSES[-1]))
        headers = {"Authorization": f"Bearer {self._token_of(who, role)}"}
        if body is not None:
            headers["Idempotency-Key"] = str(uuid4())
        while True:
            said = await self._try(client, method, f"{self.urls[service]}{path}", headers, body)
            if isinstance(said, int) and said not in AGAIN:
                break
            self.tally.again[str(said)] += 1
            if time.monotonic() - begun > ASKED_FOR:
                self.tally.failed.append(f"{method} {service}{path} was not answered for {ASKED_FOR:.0f} s: {said}")
                return
            await asyncio.sleep(next(pauses))
        self.tally.longest = max(self.tally.longest, time.monotonic() - begun)
        if said >= httpx.codes.BAD_REQUEST:
            self.tally.failed.append(f"{method} {service}{path} was answered {said}")
        else:
            self.tally.answered += 1

    async def _try(
        self, client: httpx.AsyncClient, method: str, url: str, headers: Mapping[str, str], body: Any
    ) -> int | str:
        """The status, or the name of what broke."""
        try:
            answer = await client.request(method, url, headers=headers, json=body)
        except httpx.TransportError as error:
            return type(error).__name__
        return answer.status_code

    def _token_of(self, who: str, role: str) -> str:
        if (who, role) not in self._tokens:
            scopes = ("people.import", "people.read") if role == "system" else ()
            self._tokens[who, role] = self.token(who, role, minutes=600, scopes=scopes)
        return self._tokens[who, role]
