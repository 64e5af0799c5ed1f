"""Who asks while schemathesis plays: each request carries a real token, mostly of a role that may, sometimes not.

Read by `st` itself (`SCHEMATHESIS_HOOKS`); the tokens come in through `FUZZ_TOKENS`, by role.
"""

import itertools
import json
import os
from typing import Any

import schemathesis

TOKENS: dict[str, str] = json.loads(os.environ["FUZZ_TOKENS"])
A_STRANGER_EVERY = 12
_counted = itertools.count(1)


@schemathesis.auth(refresh_interval=None)
class TakingTurns:
    """The roles of a route take turns; every now and then somebody comes who may not."""

    def get(self, _case: Any, context: Any) -> str:
        number = next(_counted)
        allowed = context.operation.definition.raw["x-roles"]
        roles = sorted(TOKENS) if number % A_STRANGER_EVERY == 0 else allowed
        return TOKENS[roles[number % len(roles)]]

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"
