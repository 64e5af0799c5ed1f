"""What can be done with a subscription: pause, resume, replay, new secrets, a test."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.db import Tx
from chassis.http import etag, problems
from services.webhooks import sealing
from services.webhooks.api.callers import Managing, made_by
from services.webhooks.api.subscriptions import views
from services.webhooks.api.views import (
    NewSecretView,
    ReplayBody,
    ReplayedView,
    RotationBody,
    SubscriptionView,
    TestView,
    secret_view,
)
from services.webhooks.domain.subscription import Subscription
from services.webhooks.handlers import subscribing

router = APIRouter(tags=["subscriptions"])


@router.post("/subscriptions/{subscription_id}/pause", responses=problems(404))
async def pause_subscription(subscription_id: UUID, call: Managing, response: Response) -> SubscriptionView:
    """Sends nothing until it is resumed; what happens meanwhile is kept for 14 days."""
    return await _changed(subscribing.pause, subscription_id, call, response)


@router.post("/subscriptions/{subscription_id}/resume", responses=problems(404))
async def resume_subscription(subscription_id: UUID, call: Managing, response: Response) -> SubscriptionView:
    """Sends what was kept, in order, then what happens next."""
    return await _changed(subscribing.resume, subscription_id, call, response)


@router.post("/subscriptions/{subscription_id}/replay", status_code=202, responses=problems(404, 422))
async def replay_events(subscription_id: UUID, body: ReplayBody, call: Managing) -> ReplayedView:
    """Sends again what was told since an instant and fits the filter, each story from its first event on."""
    by = made_by(call.caller)

    async def work(tx: Tx) -> ReplayedView:
        queued = await subscribing.replay(tx, subscription_id, since=body.since, by=by, now=call.now)
        return ReplayedView(queued=queued)

    return await call.change(work)


@router.post("/subscriptions/{subscription_id}/secrets", status_code=201, responses=problems(404, 422))
async def add_secret(subscription_id: UUID, call: Managing, body: RotationBody | None = None) -> NewSecretView:
    """A new secret. For the overlap every request bears two signatures, one with each; two are valid at most."""
    by, secret = made_by(call.caller), sealing.new_secret()
    sealed, overlap = sealing.seal(call.settings, secret), (body or RotationBody()).overlap

    async def work(tx: Tx) -> NewSecretView:
        made = await subscribing.add_secret(tx, subscription_id, sealed=sealed, overlap=overlap, by=by, now=call.now)
        return NewSecretView(**secret_view(made).model_dump())

    return (await call.change(work)).model_copy(update={"secret": secret})


@router.post("/subscriptions/{subscription_id}/test", status_code=202, responses=problems(404, 409))
async def send_test(subscription_id: UUID, call: Managing) -> TestView:
    """Sends a `mentoring.webhook-test.v1` on the way that all events take; the deliveries say what came of it."""
    by = made_by(call.caller)

    async def work(tx: Tx) -> TestView:
        return TestView(event_id=await subscribing.test(tx, subscription_id, by=by, now=call.now))

    return await call.change(work)


async def _changed(
    act: Callable[..., Awaitable[Subscription]], subscription_id: UUID, call: Managing, response: Response
) -> SubscriptionView:
    by = made_by(call.caller)

    async def work(tx: Tx) -> SubscriptionView:
        changed = await act(tx, subscription_id, by=by, now=call.now)
        response.headers["ETag"] = etag(changed.version)
        (shown,) = await views(tx, [changed], now=call.now)
        return shown

    return await call.change(work)
