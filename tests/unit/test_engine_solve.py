"""The best matching, held against every possible one on tiny instances; and the proof, held against changes."""

import random
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import Invalid
from services.matching.engine.prices import lowest_prices
from services.matching.engine.problem import Problem, pose
from services.matching.engine.settle import Outcome, settle
from services.matching.engine.solve import lots
from services.matching.engine.verify import Claim, objections

Numbers = tuple[list[str], dict[str, int], list[tuple[str, str, int]]]


def numbers(luck: random.Random) -> Numbers:
    """Up to five mentees and four mentors, zero seats, scarce seats, ties and forbidden pairs included."""
    mentees = [f"a{at}" for at in range(luck.randint(0, 5))]
    seats = {f"b{at}": luck.choice([0, 1, 1, 2]) for at in range(luck.randint(0, 4))}
    most = luck.choice([0, 1, 3, 10_000_000])
    density = luck.choice([0.3, 0.6, 1.0])
    pairs = [(a, b, luck.randint(0, most)) for a in mentees for b in seats if luck.random() < density]
    return mentees, seats, pairs


def best_by_trying(mentees: list[str], seats: dict[str, int], pairs: list[tuple[str, str, int]]) -> tuple[int, int]:
    """The most pairs, and the highest total score of that many: every matching is looked at."""
    score = {(mentee, mentor): points for mentee, mentor, points in pairs}
    choices = [[None, *(mentor for mentor in seats if (mentee, mentor) in score)] for mentee in mentees]
    best = (0, 0)
    for chosen in product(*choices):
        if all(chosen.count(mentor) <= free for mentor, free in seats.items()):
            gained = [score[pair] for pair in zip(mentees, chosen, strict=True) if pair[1]]
            best = max(best, (len(gained), sum(gained)))
    return best


def settled(given_numbers: Numbers) -> Outcome:
    return settle(pose(*given_numbers), scale=1, policy_version=1)


def test_coverage_then_score_are_the_best_of_all_matchings():
    for seed in range(400):
        given_numbers = numbers(random.Random(seed))
        told = settled(given_numbers).certificate
        assert (told.matched, told.score) == best_by_trying(*given_numbers), seed
        assert (told.matched_bound, told.score_bound, told.gap_ppm) == (told.matched, told.score, 0), seed


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), order=st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(seed: int, order: random.Random):
    mentees, seats, pairs = numbers(random.Random(seed))
    first = settled((mentees, seats, pairs))
    shuffled = dict(order.sample(list(seats.items()), len(seats)))
    again = settled((order.sample(mentees, len(mentees)), shuffled, order.sample(pairs, len(pairs))))
    assert (again.pairs(), again.prices(), again.utilities()) == (first.pairs(), first.prices(), first.utilities())
    assert again.certificate.inputs_sha256 == first.certificate.inputs_sha256


@pytest.mark.parametrize("seed", range(20))
def test_among_equal_matchings_the_lot_decides_and_is_the_only_winner(seed: int):
    luck = random.Random(seed)
    mentees, seats = [f"a{at}" for at in range(4)], {f"b{at}": luck.randint(0, 2) for at in range(3)}
    pairs = [(a, b, luck.randint(0, 1)) for a in mentees for b in seats]
    outcome = settled((mentees, seats, pairs))
    problem = outcome.problem
    columns = [np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)]
    lot = dict(zip([row[:2] for row in problem.rows()], lots(mentees, list(seats), *columns).tolist(), strict=True))
    drawn = []
    for choice in product(*[[None, *[row for row in pairs if row[0] == mentee]] for mentee in mentees]):
        chosen = [pair for pair in choice if pair]
        fits = all([pair[1] for pair in chosen].count(mentor) <= free for mentor, free in seats.items())
        reached = (len(chosen), sum(points for _, _, points in chosen))
        if fits and reached == (outcome.certificate.matched, outcome.certificate.score):
            drawn.append(sum(lot[pair[:2]] for pair in chosen))
    assert max(drawn) == sum(lot[mentee, mentor] for mentee, mentor, _ in outcome.pairs())
    assert drawn.count(max(drawn)) == 1


def test_a_price_is_what_one_more_seat_would_be_worth():
    for seed in range(60):
        mentees, seats, pairs = numbers(random.Random(seed))
        outcome = settled((mentees, seats, pairs))
        bonus = outcome.problem.coverage_bonus
        before = outcome.certificate.matched * bonus + outcome.certificate.score
        for mentor, free, _, price in outcome.prices():
            more = settled((mentees, seats | {mentor: free + 1}, pairs)).certificate
            assert more.matched * bonus + more.score - before == price


def test_a_matching_that_is_not_the_best_has_no_prices():
    problem = pose(
        ["a1", "a2"], {"b1": 1, "b2": 1}, [("a1", "b1", 5), ("a1", "b2", 1), ("a2", "b1", 1), ("a2", "b2", 5)]
    )
    with pytest.raises(ArithmeticError, match="not optimal"):
        lowest_prices(problem, np.array([1, 0]))
    with pytest.raises(ArithmeticError, match="not optimal"):
        lowest_prices(problem, np.array([0, -1]))


def test_nobody_and_nothing_allowed_are_certified_too():
    empty = settled(([], {}, [])).certificate
    assert (empty.matched, empty.matched_bound, empty.score_bound, empty.gap_ppm) == (0, 0, 0, 0)
    lonely = settled((["a1"], {"b1": 1}, []))
    assert (lonely.unmatched(), lonely.certificate.matched_bound) == (["a1"], 0)


def test_scores_that_are_too_large_are_refused():
    with pytest.raises(Invalid, match="too large"):
        pose(["a1"], {"b1": 1}, [("a1", "b1", 2**61)])


def a_claim() -> Claim:
    """A result with a free seat, scarce seats, a full mentor without seats, and somebody unmatched."""
    scores = {"a1": (7, 5, 2), "a2": (9, 4, 1), "a3": (8, 8, 3), "a4": (6, 1, 1)}
    seats = {"b1": 1, "b2": 1, "b3": 0, "b4": 2}
    pairs = [(a, f"b{at + 1}", points) for a, row in scores.items() for at, points in enumerate(row)]
    claim = settled(([*scores], seats, [*pairs, ("a3", "b4", 1)])).claim()
    return replace(claim, allowed=list(claim.allowed))


def changed(rows: list[tuple], at: int, field: int, by: int) -> list[tuple]:
    return [
        (*row[:field], row[field] + by, *row[field + 1 :]) if at == index else row for index, row in enumerate(rows)
    ]


def test_a_true_claim_stands():
    assert objections(a_claim()) == []


@pytest.mark.parametrize("by", [-1, 1, 10**9])
def test_any_changed_price_utility_or_score_is_refused(by: int):
    claim = a_claim()
    for at in range(len(claim.prices)):
        for field in (1, 2, 3):
            assert objections(replace(claim, prices=changed(claim.prices, at, field, by)))
    for at in range(len(claim.utilities)):
        assert objections(replace(claim, utilities=changed(claim.utilities, at, 1, by)))
    for at in range(len(claim.pairs)):
        assert objections(replace(claim, pairs=changed(claim.pairs, at, 2, by)))
    for at in range(len(claim.allowed)):
        assert objections(replace(claim, allowed=changed(claim.allowed, at, 2, by)))


def test_any_changed_total_is_refused():
    claim = a_claim()
    for name, value in claim.certificate.items():
        if name not in {"rounds", "seconds", "peak_bytes"}:
            wrong = value[::-1] if isinstance(value, str) else value + 1
            assert objections(replace(claim, certificate={**claim.certificate, name: wrong})), name


def test_any_changed_pair_is_refused():
    claim = a_claim()
    score = {row[:2]: row[2] for row in claim.allowed}
    for at, (mentee, mentor, _) in enumerate(claim.pairs):
        rest = [*claim.pairs[:at], *claim.pairs[at + 1 :]]
        assert objections(replace(claim, pairs=rest))
        assert objections(replace(claim, pairs=rest, unmatched=[*claim.unmatched, mentee]))
        assert objections(replace(claim, pairs=[*claim.pairs, claim.pairs[at]]))
        for other in {"b1", "b2", "b3", "b4", "unknown"} - {mentor}:
            assert objections(replace(claim, pairs=[*rest, (mentee, other, score.get((mentee, other), 1))]))


def test_a_greedy_result_is_refused():
    pairs = [("a1", "b1", 9), ("a1", "b2", 8), ("a2", "b1", 8), ("a2", "b2", 0)]
    problem: Problem = pose(["a1", "a2"], {"b1": 1, "b2": 1}, pairs)
    outcome = settle(problem, scale=1, policy_version=1)
    greedy = replace(outcome, mates=np.array([0, 1]))
    assert outcome.pairs() == [("a1", "b2", 8), ("a2", "b1", 8)]
    assert objections(greedy.claim())
