"""A pair begins on what was accepted and ends once."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from contracts.engagement import MeetingCancelled, RelationshipClosed, RelationshipStarted
from contracts.matching import Cadence, MatchAccepted
from services.engagement.domain import meeting
from services.engagement.domain.errors import HasEnded
from services.engagement.domain.person import Person
from services.engagement.domain.relationship import (
    Relationship,
    close,
    overdue_at,
    relationship_id_of,
    start,
)

MENTEE, MENTOR = "p-0042", "p-0007"
NOW = datetime(2027, 1, 12, 10, tzinfo=UTC)
BERLIN = Person(MENTEE, "Europe/Berlin", country="DE")
KOLKATA = Person(MENTOR, "Asia/Kolkata", country="IN")


def a_match(**terms) -> MatchAccepted:
    match = MatchAccepted.example()
    return match.model_copy(update={"terms": match.terms.model_copy(update=terms)})


def a_relationship(match: MatchAccepted | None = None, **changes) -> Relationship:
    from dataclasses import replace

    return replace(start(match or a_match(), BERLIN, KOLKATA, now=NOW)[0], **changes)


def test_a_pair_starts_on_the_terms_it_accepted():
    relationship, events = start(a_match(), BERLIN, KOLKATA, now=NOW)
    assert events == [
        RelationshipStarted(
            **relationship.pair,
            starts_on=date(2027, 1, 12),
            ends_on=date(2027, 4, 6),
            agreement_due_at=datetime(2027, 1, 19, 8, tzinfo=UTC),  # nine in Berlin; in Kolkata it is later
        )
    ]
    assert relationship.closes_at == datetime(2027, 4, 13, 7, tzinfo=UTC)  # summer time by then
    assert overdue_at(relationship) == datetime(2027, 1, 26, 8, tzinfo=UTC)


def test_the_same_match_always_gives_the_same_relationship():
    match_id = UUID("0192f0c4-7a1e-7c3b-9d55-0242ac120003")
    assert relationship_id_of(match_id) == relationship_id_of(match_id) != relationship_id_of(UUID(int=1))


def test_the_agreement_is_due_when_both_are_at_work():
    # Seven days after a Saturday is a Saturday; the mentor's Monday, the 26th of January, is Republic Day.
    relationship = a_relationship(a_match(starts_on=date(2027, 1, 18), cadence=Cadence(agreement_days=8)))
    assert relationship.agreement_due_at == datetime(2027, 1, 27, 3, 30, tzinfo=UTC)


def test_an_end_is_told_after_the_meetings_that_fall_with_it():
    relationship = a_relationship()
    slot = meeting.Slot(datetime(2027, 2, 1, 9, tzinfo=UTC), datetime(2027, 2, 1, 10, tzinfo=UTC), "video")
    cancelled, (told,) = meeting.cancel(relationship, meeting.Meeting(UUID(int=7), relationship.id, slot))
    closed, events = close(relationship, "ended", [told], now=NOW)
    assert (closed.closed_at, closed.reason, cancelled.revision) == (NOW, "ended", 1)
    assert [type(event) for event in events] == [MeetingCancelled, RelationshipClosed]


def test_a_pair_ends_once():
    closed, _ = close(a_relationship(), "ended", [], now=NOW)
    with pytest.raises(HasEnded, match="this relationship ended on 2027-01-12"):
        close(closed, "completed", [], now=NOW)


def test_an_event_never_says_who_ended_it():
    _, (event,) = close(a_relationship(), "ended", [], now=NOW)
    assert "by" not in event.model_dump()
