"""What a receiver gets: the event as JSON, the same bytes at every attempt."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from standardwebhooks import Webhook

from contracts.event import in_utc

TEST_TYPE = "mentoring.webhook-test.v1"
TEST_TOPIC = "webhooks.test"
"""No topic of Kafka: where the story of a subscription's tests is kept."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An event as it is kept to be sent."""

    id: UUID
    type: str
    topic: str
    key: str
    sequence: int
    told_at: datetime
    data: str
    """The event's own JSON."""


def body_of(kept: Kept, *, largest: int) -> str:
    """The request's body. An event too large for it comes without its data: it is still told that it happened."""
    if len(kept.data.encode()) <= largest:
        return _body(kept, json.loads(kept.data))
    return _body(kept, None, left_out="too-large")


def _body(kept: Kept, data: Any, **more: str) -> str:
    whole = {
        "type": kept.type,
        "timestamp": in_utc(kept.told_at),
        "id": str(kept.id),
        "subject": kept.key,
        "sequence": kept.sequence,
        "data": data,
        **more,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def headers_of(kept: Kept, body: str, secrets: Sequence[str], *, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks: one signature for each secret that is valid now."""
    return {
        "content-type": "application/json",
        "webhook-id": str(kept.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(str(kept.id), now, body) for secret in secrets),
    }
