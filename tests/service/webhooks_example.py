"""A webhooks service with receivers to send to, for the tests of its parts."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.matching import MatchAccepted, MatchDeclined
from services.webhooks.__main__ import SERVICE
from services.webhooks.store.receivers import due
from tests.harness import MONDAY, World
from tests.receivers import Receiver
from tests.waiting import eventually

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PATH = "/v1/subscriptions"
OWNER = "p-owner"


def accepted(match_id: UUID | None = None, **more: Any) -> MatchAccepted:
    """An event of a story."""
    return MatchAccepted.example().model_copy(update={"match_id": match_id or uuid4(), **more})


def declined(match_id: UUID) -> MatchDeclined:
    """A later event of that story."""
    return MatchDeclined.example().model_copy(update={"match_id": match_id})


async def subscribe(world: World, receiver: Receiver | str, **more: Any) -> dict[str, Any]:
    """A subscription as its answer shows it, the secret included."""
    url = receiver if isinstance(receiver, str) else receiver.url
    body = {"url": url, "owner_id": OWNER, "per_second": 50} | more
    answer = await world.client("administrator").post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def ask(world: World, subscription: dict[str, Any], action: str = "", **body: Any) -> dict[str, Any]:
    """Looks at the subscription, or does something with it."""
    client, path = world.client("administrator"), f"{PATH}/{subscription['subscription_id']}"
    answer = await (client.post(f"{path}/{action}", json=body or None) if action else client.get(path))
    assert answer.status_code < 300, answer.text
    return answer.json()


async def deliveries(world: World, subscription: dict[str, Any]) -> list[dict[str, Any]]:
    """Its log, the oldest first."""
    path = f"{PATH}/{subscription['subscription_id']}/deliveries"
    answer = await world.client("administrator").get(path, params={"limit": 200})
    return answer.json()["items"][::-1]


async def later(world: World, after: timedelta) -> None:
    """Turns the calendar and lets the jobs work until nothing is due; an allowance that is used up comes back."""
    await world.clock.set(world.clock.now() + after)

    async def left() -> int:
        await world.run_jobs()
        return (await world.running.database.run(lambda tx: due(tx, world.clock.now())))["deliveries"]

    await eventually(left, lambda count: count == 0)


__all__ = ["DAY", "HOUR", "MINUTE", "MONDAY", "OWNER", "PATH", "SERVICE", "accepted", "ask", "declined", "deliveries"]
__all__ += ["later", "subscribe"]
