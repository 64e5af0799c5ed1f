"""The platform's public HTTP APIs, as simulated people use them: with their own tokens, and again after an outage."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
import stamina

AT_ONCE = 6
stamina.instrumentation.set_on_retry_hooks([])  # an outage is waited out, not written down line by line
PATIENCE_SECONDS = 180.0
TRY_AGAIN = {429, 502, 503, 504}


class Refused(Exception):
    """The platform said no; `status` and the sentence say why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"{status}: {sentence}")
        self.status = status


class PlatformApi:
    """Calls the services. A call is repeated until it is answered, with the same Idempotency-Key each time."""

    def __init__(self, services: Mapping[str, str], token: Callable[..., str]) -> None:
        self._services = services
        self._token = token
        self._tokens: dict[tuple[str, str], str] = {}
        self._client = httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_keepalive_connections=4 * AT_ONCE))
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.calls = 0

    async def get(self, who: str, role: str, service: str, path: str, **query: Any) -> Any:
        """Reads."""
        return (await self.send("GET", who, role, service, path, params=query or None)).json()

    async def post(self, who: str, role: str, service: str, path: str, body: Any = None, *, about: str = "") -> Any:
        """Changes something; `about` tells apart what is meant as another request."""
        key = str(uuid5(NAMESPACE_URL, f"{who} {service} {path} {about}"))
        answer = await self.send("POST", who, role, service, path, json=body, headers={"Idempotency-Key": key})
        return answer.json() if answer.content else None

    async def put(self, who: str, role: str, service: str, path: str, body: Any) -> Any:
        """Sets something."""
        return (await self.send("PUT", who, role, service, path, json=body)).json()

    async def delete(self, who: str, role: str, service: str, path: str) -> None:
        """Takes something away."""
        await self.send("DELETE", who, role, service, path)

    async def send(self, method: str, who: str, role: str, service: str, path: str, **more: Any) -> httpx.Response:
        """One request, repeated while the service is away; `Refused` if it says no."""
        headers = {"Authorization": f"Bearer {self._token_of(who, role)}", **more.pop("headers", {})}
        url = f"{self._services[service]}{path}"
        async for attempt in stamina.retry_context(
            on=_is_away, attempts=None, timeout=PATIENCE_SECONDS, wait_initial=0.05, wait_max=1.0
        ):
            with attempt:
                async with self._gate:
                    answer = await self._client.request(method, url, headers=headers, **more)
                if answer.status_code in TRY_AGAIN:
                    answer.raise_for_status()
        self.calls += 1
        if answer.is_error:
            raise Refused(answer.status_code, _sentence(answer))
        return answer

    async def every(self, role: str, who: str, service: str, path: str, **query: Any) -> list[Any]:
        """All items of a paged list."""
        items: list[Any] = []
        cursor: str | None = None
        while True:
            page = await self.get(
                who, role, service, path, limit=200, **query, **({"cursor": cursor} if cursor else {})
            )
            items += page["items"]
            cursor = page["next"]
            if not cursor:
                return items

    async def turn_clock(self, at: datetime, services: Iterable[str]) -> None:
        """Turns the calendar of these services."""
        body = {"now": at.isoformat()}
        await asyncio.gather(*(self.put("demo", "administrator", name, "/v1/test-clock", body) for name in services))

    async def close(self) -> None:
        """Hangs up."""
        await self._client.aclose()

    def _token_of(self, who: str, role: str) -> str:
        if (who, role) not in self._tokens:
            self._tokens[who, role] = self._token(who, role, minutes=600, scopes=("people.import", "people.read"))
        return self._tokens[who, role]


def _is_away(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in TRY_AGAIN
    return isinstance(error, httpx.TransportError)


def _sentence(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return answer.text[:300]
    errors = "; ".join(f"{each.get('field')}: {each.get('message')}" for each in problem.get("errors") or [])
    return f"{problem.get('detail') or problem.get('title')} {errors}".strip()
