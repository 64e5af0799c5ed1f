"""What a restored database does with facts of ours that it does not know.

Whom it knows, it tells of again: that is how they are now. Of whom it does not know, the topics have the last word
until the HR directory speaks: its next file says the same again, or what is so by then.
"""

from datetime import datetime

from chassis import outbox
from chassis.db import Tx
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.profiles import handlers, store
from services.profiles.domain import person as people


async def say_profile_again(tx: Tx, event: ProfileUpdated, *, now: datetime) -> None:
    """Tells the profile as it is, or that they have left."""
    known = (await store.lock_people(tx, [event.person_id])).get(event.person_id)
    if known is not None:
        await outbox.tell(tx, [people.standing(known)], now=now)


async def say_contact_again(tx: Tx, event: ContactUpdated, *, now: datetime) -> None:
    """Tells name and address as they are."""
    known = (await store.lock_people(tx, [event.person_id])).get(event.person_id)
    if known is not None:
        await outbox.tell(tx, [people.contact(known)], now=now)


async def let_go(tx: Tx, event: PersonLeft, *, now: datetime) -> None:
    """They have left, as was told: others have ended what they had with them."""
    known = (await store.lock_people(tx, [event.person_id])).get(event.person_id)
    if known is not None:
        await handlers.follow(tx, known, people.leave(known, left_on=event.left_on), now=now)
