"""Ranks and refusals: each rank once, and what the engine makes of them."""

import pytest

from services.matching.domain.choice import LAST_RANK, Choice, Chosen, choose, chosen
from services.matching.domain.sentences import RankIsTaken
from tests.harness import MONDAY


def a_choice(mentor: str, rank: int | None, mentee: str = "m-1") -> Choice:
    return Choice(mentee, mentor, rank, MONDAY)


def test_a_rank_is_given_to_one_mentor_at_a_time():
    made = [a_choice("t-1", 1), a_choice("t-2", None)]
    with pytest.raises(RankIsTaken, match="rank 1 is t-1's already; give another rank") as refused:
        choose(a_choice("t-3", 1), made)
    assert refused.value.field == "rank"


@pytest.mark.parametrize("choice", [a_choice("t-1", 1), a_choice("t-1", 2), a_choice("t-3", None), a_choice("t-3", 2)])
def test_a_choice_may_be_repeated_and_changed_and_several_may_be_refused(choice: Choice):
    assert choose(choice, [a_choice("t-1", 1), a_choice("t-2", None)]) == choice


def test_ranks_become_preferences_in_equal_steps_and_refusals_pairs():
    ranked = [a_choice(f"t-{rank}", rank) for rank in range(1, LAST_RANK + 1)]
    found = chosen([*ranked, a_choice("t-9", None), a_choice("t-1", None, mentee="m-2")])
    wishes = [found.preferences["m-1", f"t-{rank}"] for rank in range(1, LAST_RANK + 1)]
    assert [round(wish * 10_000) for wish in wishes] == [10_000, 8_000, 6_000, 4_000, 2_000]
    assert found.refused == {("m-1", "t-9"), ("m-2", "t-1")}
    assert chosen([]) == Chosen()
