"""The whole story of one thing: what led to it and what followed, over every correlation id; and nobody else's."""

import itertools
import json

import pytest

from chassis.stories import Told
from chassis.whole_stories import follow_key

NUMBERS = itertools.count()


def told(event_id: str, name: str, key: str, sequence: int, *, cause: str | None = None, **body: str) -> Told:
    number = next(NUMBERS)
    return Told(
        id=event_id,
        type=f"mentoring.{name}.v1",
        source="/mentoring/test",
        time=f"2027-01-11T09:{number // 60 % 60:02}:{number % 60:02}Z",
        key=key,
        sequence=str(sequence),
        correlation_id=event_id,
        causation_id=cause,
        topic=name.split("-", maxsplit=1)[0],
        partition=0,
        offset=number,
        body=json.dumps(body).encode(),
    )


HISTORY = [
    told("in-1", "profile-updated", "p-1", 1, person_id="p-1"),
    told("in-2", "profile-updated", "p-2", 1, person_id="p-2"),
    told("in-3", "profile-updated", "p-1", 2, person_id="p-1"),
    told("run", "run-completed", "r-1", 1, run_id="r-1"),
    told("ask", "match-proposed", "m-1", 1, match_id="m-1", run_id="r-1", mentee_id="p-1", mentor_id="p-2"),
    told("ask-others", "match-proposed", "m-2", 1, match_id="m-2", run_id="r-1", mentee_id="p-3", mentor_id="p-4"),
    told("letter", "letter-sent", "l-1", 1, cause="ask", letter_id="l-1", person_id="p-1"),
    told("yes", "match-accepted", "m-1", 2, match_id="m-1"),
    told("begin", "relationship-started", "x-1", 1, cause="yes", relationship_id="x-1", match_id="m-1"),
    told("in-4", "profile-updated", "p-1", 3, person_id="p-1"),
    told("held", "relationship-met", "x-1", 2, relationship_id="x-1"),
    told("due", "relationship-asked", "x-1", 3, relationship_id="x-1"),
    told("reminded", "letter-sent", "l-2", 1, cause="due", letter_id="l-2", person_id="p-2"),
    told("yes-others", "match-accepted", "m-2", 2, match_id="m-2"),
]
OURS = {"ask", "letter", "yes", "begin", "held", "due", "reminded"}
BEHIND = {"in-1", "in-2", "in-3", "run"}


def reading(events):
    async def read():
        for event in events:
            yield event

    return read


@pytest.mark.parametrize("wanted", ["m-1", "x-1", "l-2"])
@pytest.mark.parametrize("events", [HISTORY, HISTORY[::-1]], ids=["as told", "the other way round"])
async def test_a_pair_is_told_from_the_import_to_the_last_letter_by_whichever_of_its_ids(wanted, events):
    story = await follow_key(reading(events), wanted)
    ids = [each.id for each in story]
    assert len(ids) == len(set(ids))
    if events is HISTORY:
        assert set(ids) == OURS | BEHIND, "and of a person how it was before, not what changed since"
    assert set(ids) >= OURS
    assert not {"ask-others", "yes-others"} & set(ids), "another pair of the same run is another story"


async def test_what_nothing_is_about_has_no_story():
    assert await follow_key(reading(HISTORY), "nobody") == []


async def test_a_body_that_cannot_be_read_names_nothing():
    broken = [told("a", "match-proposed", "m-9", 1)]
    story = await follow_key(reading([*broken, *HISTORY]), "m-9")
    assert [each.id for each in story] == ["a"]
