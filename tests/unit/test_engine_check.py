"""The check of large results: it lets the truth pass, and nothing that was changed."""

from dataclasses import replace

import numpy as np
import pytest

from services.matching.engine import settle as settling
from services.matching.engine.check import doubts
from services.matching.engine.prices import Dual
from services.matching.engine.solve import solve
from tests.unit.test_engine_auction import a_problem


@pytest.fixture(params=[0.9, 1.3])
def solved(request):
    problem = a_problem(7, spare=request.param)
    mates, dual, _ = solve(problem)
    return problem, mates, dual


def test_a_proven_result_leaves_no_doubt(solved):
    assert list(doubts(*solved)) == []


@pytest.mark.parametrize("by", [-1, 1])
def test_any_price_or_utility_that_is_another_is_noticed(solved, by):
    problem, mates, dual = solved
    for place in range(len(dual.prices)):
        prices = dual.prices.copy()
        prices[place] += by
        assert list(doubts(problem, mates, Dual(dual.utilities, prices))), place
    for place in range(len(dual.utilities)):
        utilities = dual.utilities.copy()
        utilities[place] += by
        assert list(doubts(problem, mates, Dual(utilities, dual.prices))), place


def test_a_mentee_less_a_forbidden_pair_and_a_seat_too_many_are_noticed(solved):
    problem, mates, dual = solved
    matched = int(np.flatnonzero(mates >= 0)[0])
    fewer = mates.copy()
    fewer[matched] = -1
    assert "the matching does not reach its bound" in list(doubts(problem, fewer, dual))
    strange = mates.copy()
    strange[matched] = np.setdiff1d(np.arange(len(problem.mentors)), problem.mentor[problem.mentee == matched])[0]
    assert "somebody has a mentor whom a rule forbids" in list(doubts(problem, strange, dual))
    smaller = replace(problem, seats=np.maximum(problem.seats - 1, 0))
    assert "a mentor has more mentees than seats" in list(doubts(smaller, mates, dual))


def test_a_score_that_is_higher_than_told_is_noticed(solved):
    problem, mates, dual = solved
    chosen = np.flatnonzero(mates[problem.mentee] == problem.mentor)[0]
    score = problem.score.copy()
    score[chosen] -= 1
    assert list(doubts(replace(problem, score=score), mates, dual))


def test_nothing_unproven_leaves_the_engine(monkeypatch):
    problem = a_problem(7)
    wrong = solve(problem)
    monkeypatch.setattr(settling, "MANY", 0)
    assert settling.settle(problem, scale=1, policy_version=1).certificate.gap_ppm == 0
    monkeypatch.setattr(settling, "solve", lambda *_: wrong._replace(mates=np.full_like(wrong.mates, -1)))
    with pytest.raises(ArithmeticError, match="does not hold"):
        settling.settle(problem, scale=1, policy_version=1)
