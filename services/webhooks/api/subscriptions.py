"""Subscriptions: made, looked at, changed, deleted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.db import Tx
from chassis.envelope import new_id
from chassis.errors import Invalid
from chassis.http import Asked, Page, etag, problems
from services.webhooks import sealing
from services.webhooks.api.callers import Managing, check_receiver, made_by
from services.webhooks.api.views import (
    ChangedSubscription,
    CreatedView,
    FilterBody,
    NewSubscription,
    SubscriptionView,
    view,
    wanted_of,
)
from services.webhooks.domain.subscription import Subscription, change
from services.webhooks.handlers import subscribing
from services.webhooks.settings import Settings
from services.webhooks.store import receivers, subscriptions

USUAL_PER_SECOND = 20

router = APIRouter(tags=["subscriptions"])


@router.post("/subscriptions", status_code=201, responses=problems(422))
async def create_subscription(body: NewSubscription, call: Managing, response: Response) -> CreatedView:
    """Sends events to your receiver from now on. Keep `secret`: signatures are checked with it. It is shown once."""
    by, settings, secret = call.caller.subject, call.settings, sealing.new_secret()
    made_by(call.caller)
    await check_receiver(settings, body.url)
    subscription = Subscription(
        id=new_id(),
        url=body.url,
        wanted=wanted_of(body.event_types, body.filter),
        owner_id=body.owner_id,
        description=body.description,
        per_second=_allowed(body.per_second, settings) or min(USUAL_PER_SECOND, settings.webhooks_per_second),
        created_by=by,
        created_at=call.now,
    )
    sealed = sealing.seal(settings, secret)

    async def work(tx: Tx) -> CreatedView:
        await subscribing.subscribe(tx, subscription, sealed=sealed)
        (shown,) = await views(tx, [subscription], now=call.now)
        return CreatedView(**shown.model_dump())

    made = await call.change(work)
    response.headers["ETag"] = etag(subscription.version)
    # Only now: what `work` gives is kept for a repeated request, and a secret is kept nowhere in the open.
    return made.model_copy(update={"secret": secret})


@router.get("/subscriptions", responses=problems(422))
async def list_subscriptions(call: Managing, asked: Asked) -> Page[SubscriptionView]:
    """Subscriptions, the latest first: all of them to administrators, to a system account its own."""
    by, before = made_by(call.caller), asked.after(datetime, UUID)

    async def work(tx: Tx) -> list[SubscriptionView]:
        found = await subscriptions.page_of(tx, by=by, before=before, limit=asked.limit + 1)
        return await views(tx, found, now=call.now)

    return asked.page(await call.read(work), lambda each: (each.created_at, each.subscription_id))


@router.get("/subscriptions/{subscription_id}", responses=problems(404))
async def get_subscription(subscription_id: UUID, call: Managing, response: Response) -> SubscriptionView:
    """One subscription and how its receiver is doing. Its `ETag` goes with a change of it."""
    by = made_by(call.caller)

    async def work(tx: Tx) -> SubscriptionView:
        found = await subscribing.find(tx, subscription_id, by=by)
        response.headers["ETag"] = etag(found.version)
        (shown,) = await views(tx, [found], now=call.now)
        return shown

    return await call.read(work)


@router.patch("/subscriptions/{subscription_id}", responses=problems(404, 412, 422, 428))
async def change_subscription(
    subscription_id: UUID, body: ChangedSubscription, call: Managing, response: Response
) -> SubscriptionView:
    """Changes what is given and leaves the rest. Send the `ETag` that you read as `If-Match`."""
    by, settings = made_by(call.caller), call.settings
    if body.url is not None:
        await check_receiver(settings, body.url)
    per_second = _allowed(body.per_second, settings)

    async def work(tx: Tx) -> SubscriptionView:
        found = await subscribing.lock(tx, subscription_id, by=by)
        call.check_match(found.version)
        chosen = FilterBody(**_filter_of(found)) if body.filter is None else body.filter
        types = list(found.wanted.event_types) if body.event_types is None else body.event_types
        changed = change(
            found,
            url=body.url,
            wanted=wanted_of(types, chosen),
            owner_id=body.owner_id,
            description=body.description,
            per_second=per_second,
        )
        await subscribing.save(tx, found, changed, now=call.now)
        response.headers["ETag"] = etag(changed.version)
        (shown,) = await views(tx, [changed], now=call.now)
        return shown

    return await call.change(work)


@router.delete("/subscriptions/{subscription_id}", status_code=204, responses=problems(404))
async def delete_subscription(subscription_id: UUID, call: Managing) -> None:
    """Ends it for good: what waits is not sent any more, its log and its secrets go."""
    by = made_by(call.caller)

    async def work(tx: Tx) -> None:
        await subscribing.lock(tx, subscription_id, by=by)
        await subscriptions.remove(tx, subscription_id)

    await call.change(work)


async def views(tx: Tx, found: Sequence[Subscription], *, now: datetime) -> list[SubscriptionView]:
    """These subscriptions with all that is shown of them."""
    ids = [each.id for each in found]
    standings = await receivers.standing(tx, ids)
    secrets = await subscriptions.secrets_of(tx, ids, now=now)
    return [view(each, standings.get(each.id), secrets) for each in found]


def _filter_of(found: Subscription) -> dict[str, list[object]]:
    return {name: list(getattr(found.wanted, name)) for name in ("program_ids", "person_ids", "subjects")}


def _allowed(per_second: int | None, settings: Settings) -> int | None:
    most = settings.webhooks_per_second
    if per_second is not None and per_second > most:
        raise Invalid(f"at most {most} a second are sent here; give {most} or less", field="per_second")
    return per_second
