"""A database that is older than its topics: numbers go on, what is said again is recognised, the rest is listed."""

from chassis.outbox import tell
from chassis.recall import recall
from contracts.matching import MatchDeclined, MatchProposed
from contracts.profiles import ProfileUpdated
from tests.builders import a_service

OFFER, NO = MatchProposed.example(), MatchDeclined.example()
PERSON = ProfileUpdated.example()
SERVICE = a_service(tells=(MatchProposed, MatchDeclined, ProfileUpdated))
_NUMBERS = "SELECT headers::jsonb ->> 'ce_sequence' AS n FROM outbox ORDER BY id"


async def say(world, *events):
    async with world.running.database.transaction() as tx:
        await tell(tx, events, now=world.clock.now())


async def numbers(world) -> list[int]:
    return [int(row["n"]) for row in await world.pool.fetch(_NUMBERS)]


def with_reason(reason: str) -> MatchDeclined:
    return NO.model_copy(update={"reason": reason})


async def test_stories_go_on_behind_what_only_the_topic_knows(a_world):
    world = await a_world(SERVICE)
    await world.find_on_topic(OFFER, NO, sequence=4)
    await say(world, with_reason("something new"))
    assert await numbers(world) == [6]
    assert await world.lost() == ["match-proposed", "match-declined"]


async def test_what_was_told_since_and_is_not_sent_yet_gets_the_numbers_behind(a_world):
    world = await a_world(SERVICE)
    await say(world, OFFER, with_reason("one"), with_reason("two"))
    await world.find_on_topic(OFFER, NO)
    assert await numbers(world) == [3, 4, 5]
    await say(world, with_reason("three"))
    assert await numbers(world) == [3, 4, 5, 6]


async def test_what_was_sent_a_moment_before_a_crash_is_no_surprise(a_world):
    world = await a_world(SERVICE)
    await say(world, OFFER, NO)
    ids = [row["event_id"] for row in await world.pool.fetch("SELECT event_id FROM outbox ORDER BY id")]
    await world.find_on_topic(OFFER, NO, event_ids=ids)
    assert await world.told() == []
    assert await world.lost() == []


async def test_the_same_words_are_not_told_twice(a_world):
    world = await a_world(SERVICE)
    await world.find_on_topic(OFFER, NO)
    await say(world, OFFER)
    await say(world, NO)
    assert await world.told() == []
    assert await world.lost() == []


async def test_other_words_are_told_and_what_comes_again_later_is_told_behind_them(a_world):
    world = await a_world(SERVICE)
    await world.find_on_topic(OFFER, NO)
    await say(world, with_reason("other words"))
    await say(world, NO)
    assert await world.told() == [with_reason("other words"), NO]
    assert await world.lost() == ["match-proposed"]


async def test_of_whole_facts_only_the_last_counts(a_world):
    world = await a_world(SERVICE)
    first, last = PERSON.model_copy(update={"goals": "first"}), PERSON.model_copy(update={"goals": "last"})
    await world.find_on_topic(first, last)
    await say(world, last)
    assert await world.told() == []
    assert await world.lost() == []

    other = await a_world(SERVICE)
    await other.find_on_topic(first, last)
    await say(other, first)
    assert await other.told() == [first]
    assert await other.lost() == ["profile-updated"]


async def test_what_cannot_be_taken_up_is_listed_and_holds_up_nothing(a_world):
    async def take_up(tx, event, *, now):
        await tell(tx, [event], now=now)
        await tx.execute("INSERT INTO timers (kind, key, due_at) VALUES ('a', $1, NULL)", event.key)

    async def say_again(tx, event, *, now):
        await tell(tx, [event], now=now)

    world = await a_world(
        a_service(tells=SERVICE.tells, recalls=(recall(MatchProposed, take_up), recall(MatchDeclined, say_again)))
    )
    await world.find_on_topic(OFFER, NO)
    assert await world.told() == []
    assert await world.lost() == ["match-proposed"]
