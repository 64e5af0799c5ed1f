"""Steering on request: groups come close for no more score than allowed, and the price is proven."""

import random
from dataclasses import replace

import numpy as np
import pytest

from contracts.matching import Fairness
from services.matching.engine.certificate import MILLION
from services.matching.engine.check import doubts
from services.matching.engine.cohort import match_cohort
from services.matching.engine.fairness import CLOSE_PPM, steer
from services.matching.engine.problem import Problem, pose
from services.matching.engine.settle import settle
from services.matching.engine.solve import solve
from services.matching.engine.verify import objections
from tests.unit.test_engine_cohort import POLICY, a_company, seats

ANY = MILLION


def a_gap(seed: int, *, mentees: int = 240, behind: int = 800) -> tuple[Problem, dict[str, list[str]]]:
    """Two groups of which one scores a little less with everybody, and seats for three of four."""
    luck = random.Random(seed)
    ids = [f"a{at:03}" for at in range(mentees)]
    groups = {"near": [], "far": []}
    for mentee in ids:
        groups[luck.choice(["near", "far"])].append(mentee)
    far = set(groups["far"])
    free = {f"b{at:02}": 3 for at in range(mentees // 4)}
    pairs = [
        (mentee, mentor, luck.randint(5_000, 9_000) - (behind if mentee in far else 0))
        for mentee in ids
        for mentor in luck.sample(sorted(free), 12)
    ]
    return pose(ids, free, pairs), groups


def shares(problem: Problem, mates: np.ndarray, groups: dict[str, list[str]]) -> dict[str, float]:
    matched = {problem.mentees[at] for at in np.flatnonzero(mates >= 0)}
    return {name: len(matched & set(who)) / len(who) for name, who in groups.items()}


@pytest.mark.parametrize("seed", range(6))
def test_a_gap_closes_for_little_and_no_mentee_more_goes_without(seed):
    problem, groups = a_gap(seed)
    best = solve(problem)
    before = shares(problem, best.mates, groups)
    assert abs(before["near"] - before["far"]) > 0.1
    mates, told = steer(problem, best, groups, ANY)
    after = shares(problem, mates, groups)
    one_seat = sum(1 / len(who) for who in groups.values())
    assert abs(after["near"] - after["far"]) <= max(CLOSE_PPM / MILLION, one_seat)
    assert (mates >= 0).sum() == (best.mates >= 0).sum()
    assert told.gap_after_ppm == pytest.approx(abs(after["near"] - after["far"]) * MILLION, abs=2)
    assert told.price_ppm < 20_000


@pytest.mark.parametrize("share", [0, 0.3, 0.7])
def test_it_never_costs_more_than_allowed(share):
    problem, groups = a_gap(1)
    best = solve(problem)
    _, whole = steer(problem, best, groups, ANY)
    most = int(whole.price_ppm * share)
    _, told = steer(problem, best, groups, most)
    assert told.price_ppm <= most
    assert whole.gap_after_ppm <= told.gap_after_ppm <= told.gap_before_ppm
    assert (told.gap_after_ppm < told.gap_before_ppm) == bool(share)


def test_the_price_is_the_gap_that_verify_finds_against_the_best():
    problem, groups = a_gap(2)
    best = settle(problem, scale=1, policy_version=1)
    fair = settle(problem, scale=1, policy_version=1, groups=groups, most_loss_ppm=ANY)
    told = fair.certificate
    assert (best.certificate.gap_ppm, told.gap_ppm) == (0, fair.fairness.price_ppm)
    assert told.gap_ppm > 0
    assert (told.score_bound, told.matched) == (best.certificate.score, told.matched_bound)
    assert told.score_bound - told.score <= told.gap_ppm * told.score_bound // MILLION + 1
    assert objections(fair.claim()) == []
    cheaper = replace(fair, certificate=replace(told, gap_ppm=told.gap_ppm - 1))
    assert objections(cheaper.claim())
    assert list(doubts(problem, fair.mates, fair.dual, ANY)) == []
    assert list(doubts(problem, fair.mates, fair.dual, told.gap_ppm - 1)) == ["the matching does not reach its bound"]


def test_whoever_has_all_they_can_is_not_behind():
    """Two of the far group's seven may be mentored at all; the others compete among themselves."""
    near, far = [f"n{at}" for at in range(10)], [f"f{at}" for at in range(7)]
    pairs = [(one, "b", 10) for one in near] + [(one, "b", 5) for one in far[:2]]
    problem = pose([*near, *far], {"b": 6}, pairs)
    mates, told = steer(problem, solve(problem), {"near": near, "far": far}, ANY)
    assert shares(problem, mates, {"near": near, "far": far})["far"] == pytest.approx(2 / 7)
    assert (told.gap_before_ppm, told.gap_after_ppm) == (600_000, 0)


def test_nobody_pays_for_having_said_nothing():
    problem, groups = a_gap(3)
    mates, _ = steer(problem, solve(problem), {"far": groups["far"]}, ANY)
    after = shares(problem, mates, groups)
    assert abs(after["near"] - after["far"]) <= 0.011


def test_groups_that_overlap_are_brought_closer_too():
    problem, groups = a_gap(4)
    luck = random.Random(4)
    groups["third"] = luck.sample(groups["far"], 40) + luck.sample(groups["near"], 40)
    _, told = steer(problem, solve(problem), groups, ANY)
    assert told.gap_before_ppm > 100_000
    assert told.gap_after_ppm < told.gap_before_ppm / 5


def test_a_cohort_is_steered_only_where_its_policy_asks_for_it():
    people = a_company(5, mentees=24)
    plain = match_cohort(people, seats(2), POLICY, policy_version=1)
    left = [one.mentee_id for one in plain.unmatched][:5]
    others = sorted({person.id for person in people[:24]} - set(left))
    groups = {"left": left, "others": others}
    assert match_cohort(people, seats(2), POLICY, policy_version=1, groups=groups).pairs == plain.pairs
    asks = POLICY.model_copy(update={"fairness": Fairness(steer=True, most_loss_ppm=100_000)})
    fair = match_cohort(people, seats(2), asks, policy_version=1, groups=groups)
    assert fair.report.fairness.gap_after_ppm < fair.report.fairness.gap_before_ppm
    assert fair.certificate.gap_ppm == fair.report.fairness.price_ppm
    assert fair.certificate.matched == plain.certificate.matched
    alone = match_cohort(people, seats(2), asks, policy_version=1)
    assert (alone.pairs, alone.report.fairness) == (plain.pairs, None)
