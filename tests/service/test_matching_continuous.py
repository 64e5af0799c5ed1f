"""Programs that keep shortlists: up to date in about a second, priced once a minute, told when they changed."""

import itertools
from datetime import timedelta

import pytest

from contracts.matching import ShortlistUpdated
from contracts.profiles import PersonLeft, Want
from services.matching.__main__ import SERVICE
from services.matching.handlers import keeping, pricing
from services.matching.handlers.keeping import Keeper
from services.matching.store import keeper
from tests.service.matching_example import Example, a_mentee, a_mentor, compute_here

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def spring(a_world, monkeypatch):
    """A continuous program with three mentees and three mentors of one seat each."""
    compute_here(monkeypatch)
    world = await a_world(SERVICE)
    await world.hear(*(a_mentee(f"m-{n}") for n in (1, 2, 3)), *(a_mentor(f"t-{n}") for n in (1, 2, 3)))
    example = await Example(world).open(continuous=True)
    await calm(world)
    return example


async def calm(world) -> None:
    """Every job until nothing is to do: prices that are due are found after the lists, and change them again."""
    await world.run_jobs()
    await world.run_jobs()


async def shortlist(example, mentee: str) -> list[str]:
    answer = await example.person(mentee).get(
        f"/v1/people/{mentee}/candidates", params={"program": str(example.program_id)}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["as_of"], "it was found for this request: nobody keeps it"
    return [each["mentor_id"] for each in answer.json()["items"]]


async def news(example) -> dict[str, list[str]]:
    """What was told since last time: mentee → mentors."""
    told = await example.world.told(ShortlistUpdated)
    await example.world.forget_told()
    return {event.mentee_id: [each.mentor_id for each in event.mentors] for event in told}


async def test_everybody_who_looks_has_a_list_that_is_told_once(spring):
    told = await news(spring)
    assert set(told) == {"m-1", "m-2", "m-3"}
    assert all(sorted(mentors) == ["t-1", "t-2", "t-3"] for mentors in told.values())
    assert await shortlist(spring, "m-1") == told["m-1"]
    await spring.world.clock.set(spring.world.clock.now() + 2 * MINUTE)
    await calm(spring.world)
    assert await news(spring) == {}, "nothing changed, nothing is told"


async def test_a_list_has_score_parts_and_reasons_as_one_found_on_request(spring):
    path, query = "/v1/people/m-1/candidates", {"program": str(spring.program_id)}
    kept = (await spring.person("m-1").get(path, params=query)).json()
    policy = {"name": "Spring", "starts_on": "2027-01-11", "coordinators": ["c-1"], "continuous": False}
    assert (await spring.coordinator.put(f"/v1/programs/{spring.program_id}", json=policy)).status_code == 200
    await calm(spring.world)
    found = (await spring.person("m-1").get(path, params=query)).json()
    assert (found["items"], found["as_of"]) == (kept["items"], None)
    assert not await spring.world.pool.fetch("SELECT FROM shortlists")


async def test_a_changed_profile_changes_the_own_list_at_once(spring):
    await news(spring)
    await spring.world.hear(a_mentor("t-1", skills=()), sequence=10)
    await spring.world.hear(a_mentee("m-2", wants=(Want(skill="negotiation", level=5),)), sequence=10)
    await calm(spring.world)
    told = await news(spring)
    assert told["m-1"][-1] == "t-1", "who teaches nothing any more goes down on every list they stood on"
    assert told["m-2"]


async def test_a_mentor_who_is_new_reaches_everybody_with_the_next_prices(spring):
    await news(spring)
    await spring.world.hear(a_mentor("t-0", level=8, seats=3), sequence=10)
    await calm(spring.world)
    await spring.world.clock.set(spring.world.clock.now() + MINUTE)
    await calm(spring.world)
    assert all("t-0" in mentors for mentors in (await news(spring)).values())
    assert "t-0" in await shortlist(spring, "m-1")


async def test_a_seat_that_was_taken_is_on_nobodys_list(spring):
    await news(spring)
    match = await spring.requested("m-1", "t-1")
    assert (await spring.says("t-1", match, "accept")).status_code == 200
    await calm(spring.world)
    told = await news(spring)
    assert told["m-1"] == [], "they look no longer"
    assert "t-1" not in await shortlist(spring, "m-2")
    assert "t-1" not in await shortlist(spring, "m-3")


async def test_who_left_is_on_no_list_and_has_none(spring):
    await news(spring)
    await spring.world.hear(
        PersonLeft(person_id="t-2", left_on="2027-01-12"),
        PersonLeft(person_id="m-3", left_on="2027-01-12"),
        sequence=10,
    )
    await calm(spring.world)
    told = await news(spring)
    assert told["m-3"] == []
    assert "t-2" not in told["m-1"] + told["m-2"]


async def test_what_a_coordinator_rules_out_leaves_the_list(spring):
    await news(spring)
    pair = f"/v1/programs/{spring.program_id}/rulings/m-1/t-1"
    assert (await spring.coordinator.put(pair, json={"verdict": "forbidden"})).status_code == 200
    await calm(spring.world)
    assert list(await news(spring)) == ["m-1"]
    assert "t-1" not in await shortlist(spring, "m-1")


async def test_what_a_mentee_ranks_or_refuses_changes_their_list_and_no_others(spring):
    await news(spring)
    path, mentee = f"/v1/programs/{spring.program_id}/choices", spring.person("m-1")
    assert (await mentee.put(f"{path}/t-3", json={"rank": 1})).status_code == 200
    assert (await mentee.put(f"{path}/t-1", json={"refuse": True})).status_code == 200
    await calm(spring.world)
    assert list(await news(spring)) == ["m-1"]
    assert await shortlist(spring, "m-1") == ["t-3", "t-2"]
    assert (await mentee.delete(f"{path}/t-1")).status_code == 204
    await calm(spring.world)
    assert (await shortlist(spring, "m-1"))[0] == "t-3"
    assert set(await shortlist(spring, "m-1")) == {"t-1", "t-2", "t-3"}


async def test_a_new_manager_concerns_everybody_below(spring):
    await news(spring)
    boss, middle = a_mentor("t-1"), a_mentee("m-1", manager_id="m-2")
    await spring.world.hear(middle, a_mentee("m-2", manager_id="t-1"), boss, sequence=10)
    await calm(spring.world)
    assert "t-1" not in await shortlist(spring, "m-1"), "two levels up is the reporting line"
    await spring.world.hear(a_mentee("m-2", manager_id="t-3"), sequence=20)
    await calm(spring.world)
    mentors = await shortlist(spring, "m-1")
    assert ("t-1" in mentors, "t-3" in mentors) == (True, False)


async def test_a_scarce_seat_is_kept_for_whom_it_helps_most(a_world, monkeypatch):
    """By points both have t-1 first; but m-2 has nobody else, and the price tells m-1 to look elsewhere."""
    compute_here(monkeypatch)
    world = await a_world(SERVICE)
    await world.hear(
        a_mentee("m-1"),
        a_mentee("m-2"),
        a_mentor("t-1", style={"pace": 3}),
        a_mentor("t-2", style={"pace": 2}, avoid=("m-2",)),
    )
    example = await Example(world).open(continuous=True)
    await keeping.keep(world.running)
    assert await shortlist(example, "m-1") == ["t-1", "t-2"]
    await calm(world)
    assert await shortlist(example, "m-1") == ["t-2", "t-1"]
    assert await shortlist(example, "m-2") == ["t-1"]


async def test_the_order_of_arrival_does_not_matter_beyond_the_window(a_world, monkeypatch):
    compute_here(monkeypatch)
    everybody = [a_mentee(f"m-{n}", level=n % 4 + 3) for n in range(8)]
    everybody += [a_mentor(f"t-{n}", level=n % 3 + 6, seats=n % 2 + 1) for n in range(5)]
    seen = []
    for order in (everybody, everybody[::-1], everybody[5:] + everybody[:5]):
        world = await a_world(SERVICE)
        example = await Example(world).open(continuous=True)
        for place, each in enumerate(order, start=1):
            await world.hear(each, sequence=place)
            await calm(world)
        await world.clock.set(world.clock.now() + MINUTE)
        await calm(world)
        seen.append({person.person_id: await shortlist(example, person.person_id) for person in everybody[:8]})
    assert seen[0] == seen[1] == seen[2]
    assert any(seen[0].values())


async def test_prices_are_found_once_a_minute_and_only_if_somebody_changed(spring, monkeypatch):
    solved = itertools.count()
    real = pricing.prices_of
    monkeypatch.setattr(pricing, "prices_of", lambda cohort: (next(solved), real(cohort))[1])
    await spring.world.hear(a_mentee("m-1", goals="write clearly"), sequence=10)
    await calm(spring.world)
    assert next(solved) == 0, "the minute since the first solution is not over"
    for _ in range(3):
        await spring.world.clock.set(spring.world.clock.now() + MINUTE)
        await calm(spring.world)
    assert next(solved) == 2, "once; then nobody changed"


async def test_a_keeper_that_lost_the_lease_writes_nothing_and_begins_anew(spring):
    """Two processes: the second takes over when the first was not seen; the first must not trust its memory."""
    running = spring.world.running
    first = running.resources[keeping.SHORTLISTS]
    running.resources[keeping.SHORTLISTS] = second = Keeper()
    assert not await keeping.keep(running), "the lease is the first one's"
    assert not second.indexes
    await spring.world.pool.execute("UPDATE shortlist_keeper SET seen_at = seen_at - interval '1 minute'")
    await news(spring)
    await spring.world.hear(a_mentor("t-1", seats=0), sequence=10)
    await calm(spring.world)
    assert set(await news(spring)) == {"m-1", "m-2", "m-3"}
    running.resources[keeping.SHORTLISTS] = first
    assert not await keeping.keep(running)
    assert not first.indexes, "what it had in memory knows nothing of t-1"


async def test_without_a_continuous_program_changes_are_forgotten(a_world):
    world = await a_world(SERVICE)
    await Example(world).open()
    await world.hear(a_mentee("m-1"), a_mentor("t-1"))
    await calm(world)
    assert await world.running.database.run(keeper.count_changes) == 0
    assert not await world.pool.fetch("SELECT FROM shortlist_changes")
    assert await world.told(ShortlistUpdated) == []
