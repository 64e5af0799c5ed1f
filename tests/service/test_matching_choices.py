"""What mentees say before a run: ranks and refusals, kept by everything that follows, and read by nobody else."""

import asyncio
import logging
import sys

import pytest
import structlog
from structlog.testing import LogCapture

from services.matching.__main__ import SERVICE
from tests.service.matching_example import Example, a_mentee, a_mentor, compute_here


@pytest.fixture
async def spring(a_world, monkeypatch):
    """An open program with two mentees and two mentors who suit them alike."""
    compute_here(monkeypatch)
    world = await a_world(SERVICE)
    await world.hear(a_mentee("m-1"), a_mentee("m-2"), a_mentor("t-1"), a_mentor("t-2"))
    return await Example(world).open()


@pytest.fixture
def logged(spring, monkeypatch):
    """All that is logged, down to the least level."""
    seen = LogCapture()
    everything = structlog.make_filtering_bound_logger(logging.DEBUG)
    for name, module in list(sys.modules.items()):
        if name.startswith(("chassis.", "services.")) and hasattr(module, "log"):
            spy = structlog.wrap_logger(None, processors=[seen], wrapper_class=everything)
            monkeypatch.setattr(module, "log", spy)
    return seen.entries


def path(example, mentor=None):
    return f"/v1/programs/{example.program_id}/choices" + (f"/{mentor}" if mentor else "")


async def says(example, mentee, mentor, **body):
    return await example.person(mentee).put(path(example, mentor), json=body)


async def paired(example, run_id):
    found = (await example.coordinator.get(f"/v1/runs/{run_id}/pairs")).json()["items"]
    return {pair["mentee_id"]: pair for pair in found}


async def digest(example, run_id):
    return (await example.coordinator.get(f"/v1/runs/{run_id}/certificate")).json()["inputs_sha256"]


async def candidates(example, mentee, by=None):
    query = {"program": str(example.program_id)}
    answer = await (by or example.person(mentee)).get(f"/v1/people/{mentee}/candidates", params=query)
    return answer.json()["items"]


@pytest.mark.parametrize("mentor", ["t-1", "t-2"])
async def test_a_run_honours_ranks_and_can_be_repeated(spring, mentor):
    before = await digest(spring, await spring.run())
    assert (await says(spring, "m-1", mentor, rank=1)).status_code == 200
    first, second = await spring.run(), await spring.run()
    found = await paired(spring, first)
    assert found["m-1"]["mentor_id"] == mentor
    assert found["m-1"]["parts"]["preference"] > 0
    assert all(sum(pair["parts"].values()) == pair["score"] for pair in found.values())
    assert await digest(spring, first) == await digest(spring, second) != before
    assert await paired(spring, second) == found
    run = (await spring.coordinator.get(f"/v1/runs/{first}")).json()
    assert (run["matched"], run["matched_bound"], run["gap_ppm"]) == (2, 2, 0)
    assert (await spring.release(first))["offered"] == 2


async def test_a_refused_mentor_is_in_no_run_no_shortlist_no_request_and_no_follow_up(spring):
    await says(spring, "m-1", "t-1", refuse=True)
    assert (await paired(spring, await spring.run()))["m-1"]["mentor_id"] == "t-2"
    assert [each["mentor_id"] for each in await candidates(spring, "m-1")] == ["t-2"]
    asked = await spring.asks("m-1", "t-1")
    assert (asked.status_code, "You refused this mentor; take that back" in asked.json()["detail"]) == (409, True)
    await says(spring, "m-2", "t-1", refuse=True)
    await spring.release(await spring.run())
    [offer] = await spring.matches(state="proposed")
    assert offer["mentor_id"] == "t-2"
    await spring.says("t-2", offer["match_id"], "decline", reason="no time")
    await spring.world.run_jobs()
    assert await spring.matches(state="proposed") == []
    assert (await spring.person("m-1").delete(path(spring, "t-1"))).status_code == 204
    assert (await spring.asks("m-1", "t-1")).status_code == 201


async def test_a_pair_that_is_refused_after_the_run_is_not_offered_and_nobody_learns_who_refused(spring):
    run_id = await spring.run()
    found = await paired(spring, run_id)
    await says(spring, "m-1", found["m-1"]["mentor_id"], refuse=True)
    released = await spring.release(run_id)
    assert [(each["mentee_id"], each["skipped"]) for each in released["skipped"]] == [
        ("m-1", "These two cannot be paired.")
    ]


async def test_an_offer_that_a_wish_made_complete_enough_outlives_news_about_the_mentee(spring):
    policy = {"rules": {"min_completeness": 0.5}}
    narrow = await Example(spring.world).open(**policy)
    silent = {"goals": "", "style": {}, "level": None}
    await spring.world.hear(a_mentee("m-3", **silent), sequence=50)
    assert await candidates(narrow, "m-3") == []
    await says(narrow, "m-3", "t-1", rank=1)
    match_id = await narrow.requested("m-3", "t-1")
    await says(narrow, "m-3", "t-2", refuse=True)
    await spring.world.hear(a_mentee("m-3", **silent, team="another"), sequence=60)
    assert (await narrow.person("m-3").get(f"/v1/matches/{match_id}")).json()["state"] == "proposed"


async def test_the_candidates_reflect_the_mentees_own_choices(spring):
    for mentor, other in (("t-1", "t-2"), ("t-2", "t-1")):
        for each, rank in ((other, 5), (mentor, 1)):
            assert (await says(spring, "m-1", each, rank=rank)).status_code == 200
        listed = await candidates(spring, "m-1")
        assert [(each["mentor_id"], each["rank"]) for each in listed] == [(mentor, 1), (other, 5)]
        assert listed[0]["score"] > listed[1]["score"]
        for each in (mentor, other):
            await spring.person("m-1").delete(path(spring, each))
    assert [each["rank"] for each in await candidates(spring, "m-2")] == [None, None]


async def test_choices_are_listed_changed_and_taken_back(spring):
    await spring.world.hear(a_mentor("t-3"), sequence=50)
    for mentor, said in (("t-3", {"rank": 2}), ("t-1", {"refuse": True}), ("t-2", {"rank": 1}), ("t-3", {"rank": 5})):
        assert (await says(spring, "m-1", mentor, **said)).status_code == 200
    me = spring.person("m-1")
    first = (await me.get(path(spring), params={"limit": 2})).json()
    second = (await me.get(path(spring), params={"cursor": first["next"]})).json()
    listed = [(each["mentor_id"], each["rank"], each["refused"]) for each in first["items"] + second["items"]]
    assert listed == [("t-1", None, True), ("t-2", 1, False), ("t-3", 5, False)]
    for _ in ("once", "twice"):
        assert (await me.delete(path(spring, "t-2"))).status_code == 204
    assert [each["mentor_id"] for each in (await me.get(path(spring))).json()["items"]] == ["t-1", "t-3"]
    assert (await spring.person("m-2").get(path(spring))).json()["items"] == []


@pytest.mark.parametrize("body", [{}, {"rank": 0}, {"rank": 6}, {"rank": 1, "refuse": True}, {"refuse": False}])
async def test_what_is_no_choice_is_refused_with_what_to_give(spring, body):
    answer = await says(spring, "m-1", "t-1", **body)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"]
    assert "give" in error["message"]


async def test_of_two_mentors_ranked_first_at_the_same_moment_one_is(spring):
    answers = await asyncio.gather(*(says(spring, "m-1", mentor, rank=1) for mentor in ("t-1", "t-2")))
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert len((await spring.person("m-1").get(path(spring))).json()["items"]) == 1


async def test_what_cannot_be_chosen_is_said(spring):
    await says(spring, "m-1", "t-1", rank=1)
    twice = await says(spring, "m-1", "t-2", rank=1)
    assert (twice.status_code, twice.json()["errors"][0]["field"]) == (422, "rank")
    assert "rank 1 is t-1's already; give another rank" in twice.json()["errors"][0]["message"]
    assert (await says(spring, "m-2", "t-1", rank=1)).status_code == 200, "each mentee has ranks of their own"
    await spring.world.hear(a_mentee("both", roles=("mentee", "mentor")), sequence=50)
    assert (await says(spring, "both", "both", rank=1)).json()["errors"][0]["field"] == "mentor_id"
    for nobody in ("m-2", "ghost"):
        unknown = await says(spring, "m-1", nobody, refuse=True)
        assert (unknown.status_code, f"o mentor has the id {nobody}" in unknown.json()["detail"]) == (404, True)
    assert (await says(spring, "ghost", "t-1", rank=1)).status_code == 404
    assert "can look for a mentor" in (await says(spring, "t-2", "t-1", rank=1)).json()["detail"]
    assert (await spring.coordinator.put(path(spring, "t-1"), json={"rank": 1})).status_code == 403
    narrow = await Example(spring.world).open(functions=["engineering"])
    await spring.world.hear(a_mentee("m-3", function="Engineering"), sequence=60)
    outside = await narrow.person("m-3").put(path(narrow, "t-1"), json={"rank": 1})
    assert (outside.status_code, outside.json()["errors"][0]["field"]) == (422, "mentor_id")
    await spring.coordinator.post(f"/v1/programs/{spring.program_id}/close")
    assert "closed" in (await says(spring, "m-1", "t-2", rank=2)).json()["detail"]


async def test_choices_are_in_no_event_no_log_and_no_answer_to_anybody_else(spring, logged):
    await says(spring, "m-1", "t-1", refuse=True)
    await says(spring, "m-1", "t-2", rank=1)
    await says(spring, "m-1", "t-1", rank=1)
    await spring.person("m-1").delete(path(spring, "t-2"))
    await says(spring, "m-1", "t-1", refuse=True)
    assert [line["event"] for line in logged].count("request.served") == 5
    assert not [line for line in logged if "t-1" in str(line) or "t-2" in str(line)]
    assert [event.event_name() for event in await spring.world.told()] == ["program-opened"]
    why = f"/v1/people/m-1/why-not/t-1?program={spring.program_id}"
    own = (await spring.person("m-1").get(why)).json()
    assert (own["rule"], "You refused this mentor" in own["text"]) == ("refused", True)
    told = await spring.coordinator.get(why)
    assert (told.json()["rule"], told.json()["text"]) == (None, "These two cannot be paired.")
    assert {each["rank"] for each in await candidates(spring, "m-1", by=spring.coordinator)} == {None}
    await spring.coordinator.put(f"/v1/programs/{spring.program_id}/rulings/m-1/t-1", json={"verdict": "pinned"})
    collides = await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")
    assert "m-1 with t-1: These two cannot be paired." in collides.json()["detail"]
    assert (await spring.person("t-1").get(path(spring))).json()["items"] == []


async def test_who_refused_everybody_is_listed_without_a_word_of_it(spring):
    for mentor in ("t-1", "t-2"):
        await says(spring, "m-1", mentor, refuse=True)
    run_id = await spring.run()
    [unmatched] = (await spring.coordinator.get(f"/v1/runs/{run_id}/unmatched")).json()["items"]
    assert (unmatched["mentee_id"], unmatched["rule"]) == ("m-1", "avoid")
    stored = await spring.world.pool.fetch("SELECT rule, reason FROM run_unmatched")
    assert "refuse" not in str([dict(row) for row in stored])
    offers = await spring.world.told()
    assert "refuse" not in " ".join(event.body() for event in offers)


async def test_a_mentor_who_was_not_named_does_not_learn_that_others_were(spring):
    await spring.world.hear(a_mentor("t-3", seats=0), sequence=50)
    await says(spring, "m-1", "t-3", rank=1)
    await spring.release(await spring.run())
    [mine] = [offer for offer in await spring.matches(state="proposed") if offer["mentee_id"] == "m-1"]
    explained = (await spring.person(mine["mentor_id"]).get(f"/v1/matches/{mine['match_id']}/explanation")).json()
    assert "preference" not in explained["parts"]
    assert sum(explained["parts"].values()) == explained["score"]
