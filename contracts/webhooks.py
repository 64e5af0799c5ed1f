"""What the webhooks service tells: that a receiver outside gets nothing any more."""

from typing import ClassVar, Literal
from uuid import UUID

from contracts.event import Event, Instant, PersonId, Text, about
from contracts.topics import SUBSCRIPTION, Topic

SubscriptionId = UUID
PauseReason = Literal["gone", "gave-up"]

_SUBSCRIPTION_ID = "0192f0c4-7a1e-7c3b-9d55-0242ac120010"


class SubscriptionEvent(Event):
    """Something about one subscription to our webhooks."""

    topic: ClassVar[Topic] = SUBSCRIPTION
    subscription_id: SubscriptionId = about("the subscription", example=_SUBSCRIPTION_ID)
    person_id: PersonId = about("its owner: who looks after the receiver", example="p-0042")


class SubscriptionPaused(SubscriptionEvent):
    """Nothing is sent to the receiver until somebody resumes the subscription; what happens meanwhile is kept.

    Told when the receiver says that it is gone, or has taken nothing for three days; not when somebody pauses it.
    """

    receiver: str = about("host of the receiver", example="hooks.corp.example")
    description: Text = about("what the owner calls it", example="Badges for the intranet")
    reason: PauseReason = about("why", example="gave-up")
    failing_since_at: Instant = about("first failure after its last success", example="2027-01-11T09:00:00Z")
