"""Somebody outside who is told of everything by webhooks, and is away once."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from deploy.local.instance import Instance
from tests.receivers import Receiver, Request, a_receiver_beside

AWAY = (20, 24)
"""Which requests find nobody there. Few: the calendar leaps, and after three days a receiver is given up."""


@contextmanager
def a_receiver_that_is_away_once() -> Iterator[Receiver]:
    """Takes what is signed with its secret."""
    seen = itertools.count()

    with a_receiver_beside() as receiver:

        def answer(request: Request) -> int:
            request.verified(receiver.secret)  # raises, and so takes nothing, if the signature is not good
            return 503 if AWAY[0] <= next(seen) < AWAY[1] else 204

        receiver.answer = answer
        yield receiver


def subscribe(instance: Instance, url: str) -> str:
    """Has every event sent there; gives the secret."""
    headers = {"Authorization": f"Bearer {instance.token('adm-1', 'administrator')}"}
    wish = {"url": url, "owner_id": "p-00001", "per_second": 1000}
    answer = httpx.post(f"{instance.places()['services']['webhooks']}/v1/subscriptions", json=wish, headers=headers)
    secret: str = answer.raise_for_status().json()["secret"]
    return secret
