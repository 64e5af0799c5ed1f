"""Who is asked next keeps the rest as good as it can be: a seat has the price that the last run gave it."""

import pytest

from contracts.profiles import Skill, Want
from services.matching.__main__ import SERVICE
from tests.service.matching_example import Example, a_mentee, a_mentor, compute_here

SQL = (Want(skill="sql", level=3),)


def teaching(level):
    return (Skill(skill="sql", level=level, teach=True),)


@pytest.fixture
async def spring(a_world, monkeypatch):
    """Ada fits t-ada best, then t-sought, then t-spare; Cem can only be helped by t-sought; Bea and Dan have theirs."""
    compute_here(monkeypatch)
    world = await a_world(SERVICE)
    await world.hear(
        a_mentee("ada", languages=("en",), wants=SQL),
        a_mentee("bea", languages=("fr",), wants=SQL),
        a_mentee("cem", languages=("de",), wants=SQL),
        a_mentee("dan", languages=("it",), wants=SQL),
        a_mentor("t-ada", languages=("en",), skills=teaching(4)),
        a_mentor("t-sought", languages=("en", "fr", "de"), skills=teaching(3)),
        a_mentor("t-spare", languages=("en",), skills=teaching(3), level=9),
        a_mentor("t-cem", languages=("de",), skills=()),
        a_mentor("t-dan", languages=("it",), skills=teaching(4)),
    )
    return await Example(world).open()


async def offers_of(example):
    return {offer["mentee_id"]: offer for offer in await example.matches(state="proposed")}


async def test_a_follow_up_leaves_the_seat_to_whom_it_helps_most_and_pairs_alone(spring):
    await spring.release(await spring.run())
    offered = await offers_of(spring)
    assert {mentee: offer["mentor_id"] for mentee, offer in offered.items()} == {
        "ada": "t-ada",
        "bea": "t-sought",
        "cem": "t-cem",
        "dan": "t-dan",
    }
    for person in ("dan", "t-dan"):
        await spring.says(person, offered["dan"]["match_id"], "accept")
    pair = await spring.matches(state="accepted")
    # All at once, so that nobody has been followed up: Ada stands first in the line.
    for mentee, who in (("ada", "t-ada"), ("bea", "bea"), ("cem", "t-cem")):
        await spring.says(who, offered[mentee]["match_id"], "decline", reason="no")
    query = {"program": str(spring.program_id)}
    listed = (await spring.person("ada").get("/v1/people/ada/candidates", params=query)).json()["items"]
    scores = {each["mentor_id"]: each["score"] for each in listed}
    assert scores["t-sought"] > scores["t-spare"], "by the score alone Ada would take the seat that Cem needs"
    await spring.world.run_jobs()
    following = {mentee: offer["mentor_id"] for mentee, offer in (await offers_of(spring)).items()}
    assert following == {"ada": "t-spare", "cem": "t-sought"}
    assert await spring.matches(state="accepted") == pair
    assert await spring.seats_taken("t-dan") == 1


async def test_where_no_seat_has_a_price_the_best_score_is_asked_next(spring):
    await spring.release(await spring.run())
    await spring.world.pool.execute("UPDATE run_prices SET price = 0")
    offered = await offers_of(spring)
    await spring.says("bea", offered["bea"]["match_id"], "decline", reason="no")
    await spring.says("t-ada", offered["ada"]["match_id"], "decline", reason="no")
    await spring.world.run_jobs()
    assert (await offers_of(spring))["ada"]["mentor_id"] == "t-sought"


async def test_a_follow_up_counts_what_the_mentee_chose(spring):
    await spring.release(await spring.run())
    offered = await offers_of(spring)
    for mentor, said in (("t-spare", {"rank": 1}), ("t-sought", {"refuse": True})):
        answer = await spring.person("ada").put(f"/v1/programs/{spring.program_id}/choices/{mentor}", json=said)
        assert answer.status_code == 200, answer.text
    await spring.says("bea", offered["bea"]["match_id"], "decline", reason="no")
    await spring.says("t-ada", offered["ada"]["match_id"], "decline", reason="no")
    await spring.world.run_jobs()
    following = (await offers_of(spring))["ada"]
    assert following["mentor_id"] == "t-spare"
    explained = (await spring.person("ada").get(f"/v1/matches/{following['match_id']}/explanation")).json()
    assert explained["parts"]["preference"] > 0
