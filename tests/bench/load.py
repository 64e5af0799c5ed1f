"""A client that costs little: connections that stay open, and the next request as soon as one is answered."""

import asyncio
import json
from typing import Any
from uuid import UUID

from chassis.envelope import new_id
from contracts.matching import MatchDeclined
from tests.bench.contestants.place import DECLINES, now

LOOK_SECONDS = 0.05


class Connection:
    """One connection that says no to offers."""

    def __init__(self, port: int, token: str | None) -> None:
        self._port = port
        self._head = f"POST {DECLINES} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        if token:
            self._head += f"Authorization: Bearer {token}\r\n"

    async def open(self) -> None:
        """Connects as soon as somebody listens."""
        while True:
            try:
                self._lines = await asyncio.open_connection("127.0.0.1", self._port)
            except ConnectionRefusedError:
                await asyncio.sleep(LOOK_SECONDS)
            else:
                return

    async def post(self, body: dict[str, Any]) -> float:
        """Seconds until the answer was there; fails unless it is a 201."""
        reader, writer = self._lines
        content = json.dumps(body)
        began = now()
        writer.write(f"{self._head}Content-Length: {len(content)}\r\n\r\n{content}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        answer = await reader.readexactly(int(length.partition(b":")[2]))
        if b" 201 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"{head.decode()}{answer.decode()}")
        return now() - began

    def close(self) -> None:
        self._lines[1].close()


def a_body(*, whole: bool) -> dict[str, Any]:
    """What is posted: all fields of the event, or those that our route asks for."""
    match_id: UUID = new_id()
    event = MatchDeclined.example().model_copy(update={"match_id": match_id})
    return event.model_dump(mode="json", include=None if whole else {"match_id", "reason"})
