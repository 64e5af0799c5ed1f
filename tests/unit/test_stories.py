"""A story told from the topics: found by either id, each event once, causes before effects."""

from dataclasses import replace

from chassis.stories import Told, follow, told_from, tree

ACCEPTED = Told(
    id="b",
    type="mentoring.match-accepted.v1",
    source="/mentoring/matching",
    time="2027-01-11T09:00:00Z",
    key="m-1",
    sequence="2",
    correlation_id="a",
    causation_id="a",
    topic="matching.match.v1",
    partition=0,
    offset=7,
)
STARTED = replace(ACCEPTED, id="c", type="mentoring.relationship-started.v1", causation_id="b", offset=1)
LETTER = replace(ACCEPTED, id="d", type="mentoring.letter-sent.v1", causation_id="c", time="2027-01-10T09:00:00Z")
DECLINED = replace(ACCEPTED, id="e", type="mentoring.match-declined.v1", causation_id="z", time="2027-01-12T09:00:00Z")
FOREIGN = replace(ACCEPTED, id="f", correlation_id="other", causation_id=None)


def reading(*events):
    async def read():
        for event in events:
            yield event

    return read


async def test_a_story_is_found_by_its_correlation_id_and_by_the_id_of_any_of_its_events():
    topics = reading(FOREIGN, STARTED, ACCEPTED, LETTER, ACCEPTED)
    by_story = await follow(topics, "a")
    assert by_story == await follow(topics, "d") == [STARTED, ACCEPTED, LETTER]


async def test_an_id_that_nobody_told_has_no_story():
    assert await follow(reading(ACCEPTED), "nobody") == []


def test_what_an_event_led_to_stands_below_it_whatever_their_clocks_said():
    told = [(depth, each.name) for depth, each in tree([LETTER, DECLINED, STARTED, ACCEPTED])]
    assert told == [(0, "match-accepted"), (1, "relationship-started"), (2, "letter-sent"), (0, "match-declined")]


def test_a_record_that_is_no_event_is_passed_over_and_a_first_event_is_its_own_story():
    class Record:
        topic, partition, offset = "matching.match.v1", 0, 3
        headers = (("ce_id", b"x"), ("ce_type", b"mentoring.match-lapsed.v1"), ("ce_note", b"\xff"))

    told = told_from(Record)
    assert told
    assert (told.correlation_id, told.name, told.causation_id) == ("x", "match-lapsed", None)
    Record.headers = ()
    assert told_from(Record) is None
