"""The auction, held against the flow solver: the same worth, or an honest word that it gave up."""

import numpy as np
import pytest

from services.matching.engine import candidates, prices, solve
from services.matching.engine.auction import _bid, auction
from services.matching.engine.flow import flow
from services.matching.engine.market import Market
from services.matching.engine.paths import place
from services.matching.engine.problem import posed


def a_problem(seed: int, *, mentees: int = 60, spare: float = 1.3, most: int = 10_000_000):
    """Some pairs are allowed; some mentors have no seat; with a small `most` nearly all are worth the same."""
    luck = np.random.default_rng(seed)
    mentors = mentees * 3 // 5
    places = np.unique(luck.integers(0, mentees * mentors, mentees * 8))
    seats = np.bincount(luck.integers(0, mentors, int(spare * mentees)), minlength=mentors)
    ids = [f"a{at:03d}" for at in range(mentees)], [f"b{at:03d}" for at in range(mentors)]
    return posed(*ids, seats, places // mentors, places % mentors, luck.integers(0, most + 1, len(places)))


def worth(problem, mates):
    """What a matching is worth, after a look at its seats."""
    assert (np.bincount(mates[mates >= 0], minlength=len(problem.mentors)) <= problem.seats).all()
    chosen = mates[problem.mentee] == problem.mentor
    assert chosen.sum() == (mates >= 0).sum()
    return int((problem.coverage_bonus + problem.score[chosen]).sum())


def bidding(problem):
    columns = problem.mentee, problem.mentor, problem.coverage_bonus + problem.score
    return auction(*columns, problem.seats, len(problem.mentees))


@pytest.mark.parametrize("most", [0, 3, 10_000_000])
def test_it_is_worth_as_much_as_the_best_flow(most):
    ended = 0
    for seed in range(200):
        problem = a_problem(seed, most=most)
        mates = bidding(problem)
        if mates is not None:
            ended += 1
            best = flow(problem, np.arange(len(problem.score)), problem.score)
            assert worth(problem, mates) == worth(problem, best), seed
    assert ended == 200


@pytest.mark.parametrize("spare", [0.5, 0.9, 1.0])
def test_it_does_not_begin_where_seats_are_scarce(spare):
    assert bidding(a_problem(1, spare=spare)) is None


def test_it_gives_up_rather_than_look_for_ever(monkeypatch):
    monkeypatch.setattr("services.matching.engine.auction.MOST_BIDS", 1)
    monkeypatch.setattr("services.matching.engine.auction.MOST_LOOKS", 1)
    assert bidding(a_problem(1, spare=1.05)) is None


@pytest.mark.parametrize("spare", [0.5, 0.9, 1.0, 1.3])
@pytest.mark.parametrize("most", [0, 3, 10_000_000])
@pytest.mark.parametrize("bids", [0, 2])
def test_whoever_is_set_aside_is_placed_as_well_as_by_the_best_flow(spare, most, bids):
    for seed in range(30):
        problem = a_problem(seed, spare=spare, most=most)
        offered = problem.seats[problem.mentor] > 0
        columns = (problem.mentee, problem.mentor, (problem.coverage_bonus + problem.score) * 61)
        market = Market.opened(*(column[offered] for column in columns), problem.seats, 60)
        aside = _bid(market, bids)
        assert bids or len(aside) == 60
        assert place(market, aside, 10**9)
        best = flow(problem, np.arange(len(problem.score)), problem.score)
        assert worth(problem, market.mates) == worth(problem, best), seed


@pytest.mark.parametrize("spare", [0.5, 1.0, 1.3])
@pytest.mark.parametrize("most", [0, 3, 10_000_000])
def test_compiled_prices_are_those_of_the_readable_rounds(monkeypatch, spare, most):
    for seed in range(30):
        problem = a_problem(seed, spare=spare, most=most)
        mates = flow(problem, np.arange(len(problem.score)), problem.score)
        readable = prices.lowest_prices(problem, mates)
        with monkeypatch.context() as patch:
            patch.setattr(prices, "MANY", 0)
            compiled = prices.lowest_prices(problem, mates)
            other = np.roll(mates, 1)
            other[~np.isin(np.arange(60) * 100 + other, problem.mentee * 100 + problem.mentor)] = -1
            if worth(problem, other) < worth(problem, mates):
                with pytest.raises(ArithmeticError, match="not optimal"):
                    prices.lowest_prices(problem, other)
        assert (compiled.prices == readable.prices).all()
        assert (compiled.utilities == readable.utilities).all()


def test_it_does_not_begin_where_a_bid_could_overflow():
    assert auction(np.array([0]), np.array([0]), np.array([2**61]), np.array([5]), 1) is None


@pytest.mark.parametrize("spare", [0.9, 1.0, 1.05, 1.3])
def test_with_or_without_it_the_lot_falls_on_the_same_pairs(monkeypatch, spare):
    for seed in range(20):
        problem = a_problem(seed, spare=spare, most=5)
        by_flow = solve.solve(problem)
        with monkeypatch.context() as patch:
            patch.setattr(solve, "FEW", 0)
            same(by_flow, solve.solve(problem))


@pytest.mark.parametrize("spare", [0.9, 1.0, 1.3])
@pytest.mark.parametrize("most", [0, 5, 10_000_000])
def test_a_few_candidates_end_with_what_all_pairs_end_with(monkeypatch, spare, most):
    rounds = 0
    for seed in range(20):
        problem = a_problem(seed, spare=spare, most=most)
        at_once = solve.solve(problem)
        with monkeypatch.context() as patch:
            patch.setattr(solve, "MANY", 0)
            patch.setattr(candidates, "BEST", 2)
            patch.setattr(candidates, "REVERSE", 1)
            found = solve.solve(problem)
        same(at_once, found)
        rounds += found.rounds
    assert rounds > 20


def test_the_bound_that_is_told_while_it_solves_falls_to_what_was_matched(monkeypatch):
    monkeypatch.setattr(solve, "MANY", 0)
    monkeypatch.setattr(candidates, "BEST", 2)
    monkeypatch.setattr(candidates, "REVERSE", 1)
    for seed in range(20):
        bounds: list[int] = []
        found = solve.solve(a_problem(seed, spare=0.9), lambda *told, to=bounds: to.append(told[2]))
        assert min(bounds) == bounds[-1] == (found.mates >= 0).sum()
        assert len(bounds) == found.rounds


def same(one, other):
    """The same pairs, prices and utilities."""
    assert (one.mates == other.mates).all()
    assert (one.dual.prices == other.dual.prices).all()
    assert (one.dual.utilities == other.dual.utilities).all()


def test_the_best_of_each_owner_are_found_and_of_equals_the_first():
    owner, value = np.array([0, 0, 0, 1, 1, 1, 1]), np.array([5, 7, 5, 3, 3, 9, 3])
    assert candidates.best_of(owner, value, 3, 2).tolist() == [0, 1, 3, 5]
