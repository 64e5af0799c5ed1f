"""The answer to one request too many: made once, so that refusing costs next to nothing."""

import time

import structlog
from starlette.types import Receive, Scope, Send

from chassis.http import answers
from chassis.metrics import HTTP_SHED

log = structlog.get_logger()

AGAIN_SECONDS = 1
SPEAK_EVERY = 1.0


class Shed:
    """An application that always says: too many just now."""

    def __init__(self) -> None:
        sentence = "Too many requests are being served just now. Please try again."
        self._answer = answers.respond(
            503, sentence, name="Unavailable", headers={"Retry-After": str(AGAIN_SECONDS), "Cache-Control": "no-store"}
        )
        self._unsaid = 0
        self._spoke_at = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; a line in the log comes once a second, not for each."""
        HTTP_SHED.inc()
        self._unsaid += 1
        if time.monotonic() - self._spoke_at > SPEAK_EVERY:
            log.warning("requests.shed", count=self._unsaid)
            self._unsaid, self._spoke_at = 0, time.monotonic()
        await self._answer(scope, receive, send)
