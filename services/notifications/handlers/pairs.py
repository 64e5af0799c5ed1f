"""A pair starts, agrees or differs, and ends."""

from datetime import datetime

from chassis.db import Tx
from contracts.engagement import (
    AgreementDiverged,
    AgreementDue,
    AgreementSigned,
    RelationshipClosed,
    RelationshipStarted,
)
from services.notifications.domain.drafts import pairs
from services.notifications.handlers.letters import outdate, outdate_matter, write
from services.notifications.store import letters


async def introduce(tx: Tx, event: RelationshipStarted, *, now: datetime) -> None:
    """Introduces two people to each other."""
    await write(tx, pairs.introductions(event), now=now)


async def ask_for_agreement(tx: Tx, event: AgreementDue, *, now: datetime) -> None:
    """Reminds both of the agreement."""
    await write(tx, pairs.agreement_reminders(event), now=now)


async def show_differences(tx: Tx, event: AgreementDiverged, *, now: datetime) -> None:
    """Tells both where they differ."""
    await write(tx, pairs.differences(event), now=now)


async def agreement_is_signed(tx: Tx, event: AgreementSigned, *, now: datetime) -> None:
    """Nobody has to be asked for the agreement any more."""
    await outdate_matter(tx, pairs.agreement_of(event.relationship_id), now=now)


async def say_goodbye(tx: Tx, event: RelationshipClosed, *, now: datetime) -> None:
    """Whatever else was still to be said to the two is over; both get a neutral word."""
    drafts = pairs.endings(event)
    endings = {draft.matter for draft in drafts}
    of_story = await letters.lock_open_of_story(tx, event.relationship_id)
    await outdate(tx, [each for each in of_story if each.draft.matter not in endings], now=now)
    await write(tx, drafts, now=now)
