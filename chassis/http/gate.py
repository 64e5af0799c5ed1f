"""Before anything under /v1 is read: who is calling, and is there room for them?"""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.limits import AtOnce, Incoming, Rate
from chassis.http.scope import Served, header
from chassis.http.tokens import Tokens

GUARDED = "/v1/"
"""Everything else is for those who run the service; it must answer when nothing else does."""


class Gate:
    """Lets in who has a valid token, as long as they do not ask too much."""

    def __init__(self, app: ASGIApp, *, tokens: Tokens, rate: Rate, at_once: AtOnce) -> None:
        self._app = app
        self._tokens = tokens
        self._rate = rate
        self._at_once = at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Checks one request and lets it through."""
        if scope["type"] != "http" or not scope["path"].startswith(GUARDED):
            await self._app(scope, receive, send)
            return
        served = Served.of(scope)
        served.caller = await self._tokens.caller(header(scope, b"authorization"))
        self._rate.admit(served.caller.subject)
        with self._at_once.place_of(served.caller.subject):
            if "\0" in scope["path"] or b"%00" in scope["query_string"]:
                raise HTTPException(400, "The address must not contain the NUL character (%00).")
            served.incoming = Incoming(receive)
            await self._app(scope, served.incoming, send)
