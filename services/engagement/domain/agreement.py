"""What both sides want of their time together, filled blind, compared field by field."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import get_args

from contracts.engagement import (
    Agreement,
    AgreementDiverged,
    AgreementDue,
    AgreementField,
    AgreementSigned,
    RelationshipEvent,
    Rhythm,
)
from contracts.event import PersonId
from services.engagement.domain.errors import AlreadySigned, DoesNotFit
from services.engagement.domain.relationship import Relationship, last_day

RHYTHMS: tuple[Rhythm, ...] = get_args(Rhythm)
WEEKS_A_STEP = 4
"""A month more or less is one step apart; so is anything below it."""


@dataclass(frozen=True)
class Sides:
    """What each side has filled in so far."""

    mentee: Agreement | None = None
    mentor: Agreement | None = None

    @property
    def both(self) -> tuple[Agreement, Agreement] | None:
        """Both answers, once both are in. Until then nobody sees the other's."""
        return (self.mentee, self.mentor) if self.mentee and self.mentor else None


def fill(
    relationship: Relationship, sides: Sides, wish: Agreement, *, by: PersonId, now: datetime
) -> tuple[Relationship, Sides, list[RelationshipEvent]]:
    """One side says what they want. Equal wishes sign, different ones are told as often as they change."""
    relationship.must_run()
    if relationship.signed_at is not None:
        raise AlreadySigned(f"both of you signed on {relationship.signed_at:%Y-%m-%d}; the agreement is fixed")
    _must_reach_today(relationship, wish, now)
    filled = replace(sides, mentee=wish) if by == relationship.mentee_id else replace(sides, mentor=wish)
    if filled == sides or filled.both is None:
        return relationship, filled, []
    steps = differences(*filled.both)
    if steps:
        diverged = AgreementDiverged(**relationship.pair, fields=tuple(steps), steps=steps)
        return relationship, filled, [diverged]
    signed = replace(relationship, signed_at=now, ends_on=last_day(relationship.starts_on, wish.weeks))
    return signed, filled, [AgreementSigned(**relationship.pair, agreement=filled.both[0])]


def _must_reach_today(relationship: Relationship, wish: Agreement, now: datetime) -> None:
    ends_on = last_day(relationship.starts_on, wish.weeks)
    if ends_on < now.date():
        raise DoesNotFit(
            f"{wish.weeks} weeks would have ended on {ends_on}; choose a length that reaches beyond today",
            field="weeks",
        )


def differences(one: Agreement, other: Agreement) -> dict[AgreementField, int]:
    """Where two wishes differ, and by how many steps. Empty: they want the same. Which is whose does not matter."""
    steps: dict[AgreementField, int] = {
        "rhythm": abs(RHYTHMS.index(one.rhythm) - RHYTHMS.index(other.rhythm)),
        "channel": int(one.channel != other.channel),
        "focus": len(_items(one) ^ _items(other)),
        "weeks": -(-abs(one.weeks - other.weeks) // WEEKS_A_STEP),
    }
    return {field: apart for field, apart in steps.items() if apart}


def _items(wish: Agreement) -> frozenset[str]:
    return frozenset(map(same_item, wish.focus))


def same_item(item: str) -> str:
    """Two spellings of one item give the same: case, spaces and composed letters do not matter."""
    return " ".join(unicodedata.normalize("NFKC", item).casefold().split())


def remind(relationship: Relationship) -> list[RelationshipEvent]:
    """The time to agree is over: both are reminded, unless they signed or it ended."""
    if relationship.signed_at is not None or relationship.closed_at is not None:
        return []
    return [AgreementDue(**relationship.pair)]
