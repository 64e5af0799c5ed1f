"""The delivery log."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.db import Tx
from chassis.http import Asked, Page, problems
from services.webhooks.api.callers import Managing, made_by
from services.webhooks.api.views import DeliveryView, delivery_view
from services.webhooks.handlers import subscribing
from services.webhooks.store import attempts
from services.webhooks.store.attempts import Attempt

router = APIRouter(tags=["deliveries"])


@router.get("/subscriptions/{subscription_id}/deliveries", responses=problems(404, 422))
async def list_deliveries(
    subscription_id: UUID,
    call: Managing,
    asked: Asked,
    event_id: Annotated[UUID | None, Query(description="attempts at this event only")] = None,
) -> Page[DeliveryView]:
    """Every attempt of the last 14 days, the latest first."""
    by, before = made_by(call.caller), asked.after(datetime, UUID)

    async def work(tx: Tx) -> list[Attempt]:
        await subscribing.find(tx, subscription_id, by=by)
        return await attempts.page_of(tx, subscription_id, event_id=event_id, before=before, limit=asked.limit + 1)

    page = asked.page(await call.read(work), lambda each: (each.at, each.id))
    return Page(items=[delivery_view(each) for each in page.items], next=page.next)
