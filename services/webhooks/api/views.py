"""What callers send and see."""

from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from chassis.http import Body
from contracts.event import PersonId
from services.webhooks.domain.fate import Kind
from services.webhooks.domain.subscription import State, Subscription, Wanted, Why
from services.webhooks.domain.target import LONGEST_URL
from services.webhooks.events import OFFERED, REFUSED
from services.webhooks.store.attempts import Attempt
from services.webhooks.store.receivers import Standing
from services.webhooks.store.subscriptions import Secret

MOST_VALUES = 200
Url = Annotated[str, Field(max_length=LONGEST_URL, description="https://…; a POST is sent there for each event")]
Description = Annotated[str, Field(max_length=200, description="what you call it; its owner reads this in letters")]
PerSecond = Annotated[int, Field(ge=1, description="requests a second at most; by default 20")]
Owner = Annotated[PersonId, Field(description="person who gets a letter when we pause it")]
Subject = Annotated[str, Field(min_length=1, max_length=200)]
OnceShown = Annotated[
    str | None,
    Field(description="`whsec_…`; null where an Idempotency-Key is repeated, since it is not kept: ask for another"),
]
Types = Annotated[list[str], Field(max_length=MOST_VALUES, description="`mentoring.match-accepted.v1` …; empty: all")]


class FilterBody(Body):
    """Which events: each list that is not empty must name what the event has."""

    program_ids: list[UUID] = Field([], max_length=MOST_VALUES, description="events of these programs only")
    person_ids: list[PersonId] = Field([], max_length=MOST_VALUES, description="events about these people only")
    subjects: list[Subject] = Field([], max_length=MOST_VALUES, description="events with these `ce_subject`s only")


class _WithTypes(Body):
    @field_validator("event_types", check_fields=False)
    @classmethod
    def _offered(cls, types: list[str] | None) -> list[str] | None:
        for each in types or []:
            _refuse_unknown(each)
        return types


class NewSubscription(_WithTypes):
    """Where to send what."""

    url: Url
    event_types: Types = Field([])
    filter: FilterBody = FilterBody()
    owner_id: Owner
    description: Description = ""
    per_second: PerSecond | None = None


class ChangedSubscription(_WithTypes):
    """What is left out stays. Events that wait already are sent all the same."""

    url: Url | None = None
    event_types: Types | None = None
    filter: FilterBody | None = None
    owner_id: Owner | None = None
    description: Description | None = None
    per_second: PerSecond | None = None


class ReplayBody(Body):
    """From when on."""

    model_config = ConfigDict(populate_by_name=True)
    since: AwareDatetime = Field(alias="from", description="an instant with its time zone, up to 14 days ago")


class RotationBody(Body):
    """How long the old secret goes on signing beside the new one."""

    overlap_hours: int = Field(24, ge=0, le=14 * 24)

    @property
    def overlap(self) -> timedelta:
        """The same as a time."""
        return timedelta(hours=self.overlap_hours)


class SecretView(BaseModel):
    """A secret that signs now; never the secret itself."""

    secret_id: UUID
    created_at: datetime
    valid_until: datetime | None = Field(description="null: the current one")


class NewSecretView(SecretView):
    """A secret, shown this once."""

    secret: OnceShown = None


class SubscriptionView(BaseModel):
    """A subscription and how its receiver is doing."""

    subscription_id: UUID
    url: str
    event_types: list[str]
    filter: FilterBody
    owner_id: PersonId
    description: str
    per_second: int
    state: State
    paused_reason: Why | None
    paused_at: datetime | None
    created_by: str
    created_at: datetime
    secrets: list[SecretView]
    waiting: int = Field(description="events that it has not taken yet")
    failing_since: datetime | None = Field(description="since when it has taken nothing; null: it did last time")
    next_try_at: datetime | None = Field(description="when something is sent next; null: nothing waits")


class CreatedView(SubscriptionView):
    """A new subscription, with its secret."""

    secret: OnceShown = None


class ReplayedView(BaseModel):
    """What will be sent again."""

    queued: int = Field(description="events that came on top of those that waited already")


class TestView(BaseModel):
    """A test that is under way; what came of it stands in the deliveries."""

    __test__ = False
    event_id: UUID


class DeliveryView(BaseModel):
    """One attempt at one event."""

    event_id: UUID
    type: str
    subject: str
    attempt: int
    at: datetime
    outcome: Kind
    status: int | None = Field(description="of the receiver's answer; null: there was none")
    milliseconds: int
    next_at: datetime | None = Field(description="when it is tried again; null: not by itself")


def wanted_of(types: list[str], chosen: FilterBody) -> Wanted:
    """The filter in the order in which it is kept."""
    return Wanted(
        event_types=tuple(sorted(set(types))),
        program_ids=tuple(sorted(set(chosen.program_ids))),
        person_ids=tuple(sorted(set(chosen.person_ids))),
        subjects=tuple(sorted(set(chosen.subjects))),
    )


def view(each: Subscription, standing: Standing | None, secrets: list[Secret]) -> SubscriptionView:
    """What is shown of a subscription."""
    wanted = each.wanted
    chosen = {name: list(getattr(wanted, name)) for name in ("program_ids", "person_ids", "subjects")}
    same = ("url", "owner_id", "description", "per_second", "state", "paused_reason", "paused_at")
    return SubscriptionView(
        subscription_id=each.id,
        event_types=list(wanted.event_types),
        filter=FilterBody(**chosen),
        **{name: getattr(each, name) for name in (*same, "created_by", "created_at")},
        secrets=[secret_view(secret) for secret in secrets if secret.subscription_id == each.id],
        waiting=standing.waiting if standing else 0,
        failing_since=standing.failing_since if standing else None,
        next_try_at=standing.next_try_at if standing and each.state is State.ACTIVE else None,
    )


def secret_view(secret: Secret) -> SecretView:
    """What is shown of a secret."""
    return SecretView(secret_id=secret.id, created_at=secret.created_at, valid_until=secret.valid_until)


def delivery_view(each: Attempt) -> DeliveryView:
    """What is shown of an attempt."""
    same = ("event_id", "type", "attempt", "at", "outcome", "status", "milliseconds", "next_at")
    return DeliveryView(subject=each.key, **{name: getattr(each, name) for name in same})


def _refuse_unknown(name: str) -> None:
    if name in REFUSED:
        raise ValueError(f"{name} holds names and addresses and is never sent")
    if name not in OFFERED:
        near = get_close_matches(name, OFFERED, 1, 0.4)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ValueError(f"{name[:100]} is no event that is sent; {hint}docs/events.md lists them")
