"""A subscription: where to send which events, who looks after it, and whether it is sent to at present."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from chassis.errors import Conflict
from contracts.event import PersonId
from contracts.webhooks import PauseReason, SubscriptionPaused

Why = PauseReason | Literal["asked"]
"""Why nothing is sent: the receiver is gone or took nothing for days, or somebody asked for it."""


class State(StrEnum):
    """Whether events are sent, or kept until it goes on."""

    ACTIVE = "active"
    PAUSED = "paused"


class CannotTest(Conflict):
    """A paused subscription is sent nothing, not even a test; resume it first."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which events: each list that is not empty must hold what the event has; an empty one asks for nothing."""

    event_types: tuple[str, ...] = ()
    program_ids: tuple[UUID, ...] = ()
    person_ids: tuple[PersonId, ...] = ()
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What somebody asked for. How its receiver is doing is kept apart: that changes with every delivery."""

    id: UUID
    url: str
    wanted: Wanted
    owner_id: PersonId
    description: str
    per_second: int
    created_by: str
    created_at: datetime
    state: State = State.ACTIVE
    paused_reason: Why | None = None
    paused_at: datetime | None = None
    version: int = 1


def pause(subscription: Subscription, reason: Why, *, now: datetime) -> Subscription:
    """Sends nothing from now on and keeps everything; pausing twice is the same as once."""
    if subscription.state is State.PAUSED:
        return subscription
    return _next(replace(subscription, state=State.PAUSED, paused_reason=reason, paused_at=now))


def resume(subscription: Subscription) -> Subscription:
    """Goes on with what was kept; resuming what is not paused changes nothing."""
    if subscription.state is State.ACTIVE:
        return subscription
    return _next(replace(subscription, state=State.ACTIVE, paused_reason=None, paused_at=None))


def change(
    subscription: Subscription,
    *,
    url: str | None = None,
    wanted: Wanted | None = None,
    owner_id: PersonId | None = None,
    description: str | None = None,
    per_second: int | None = None,
) -> Subscription:
    """What is given takes the place of what was; a change that changes nothing keeps the version."""
    given = {
        "url": url,
        "wanted": wanted,
        "owner_id": owner_id,
        "description": description,
        "per_second": per_second,
    }
    changed = replace(subscription, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    return subscription if changed == subscription else _next(changed)


def note_to_owner(
    subscription: Subscription, reason: PauseReason, *, receiver: str, since: datetime
) -> SubscriptionPaused:
    """What is told when we paused it by ourselves. Of the address only the host: the rest may be a secret."""
    return SubscriptionPaused(
        subscription_id=subscription.id,
        person_id=subscription.owner_id,
        receiver=receiver,
        description=subscription.description,
        reason=reason,
        failing_since_at=since,
    )


def _next(subscription: Subscription) -> Subscription:
    return replace(subscription, version=subscription.version + 1)
