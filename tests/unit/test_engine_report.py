"""The report of a run: stability against brute force, groups that give nobody away, skills to recruit for."""

import random
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from contracts.matching import Policy
from services.matching.engine import segments as grouping
from services.matching.engine.cohort import match_cohort
from services.matching.engine.people import Person
from services.matching.engine.problem import pose
from services.matching.engine.report import Shortage, shortages
from services.matching.engine.solve import solve
from services.matching.engine.stability import Stability, blocking_pairs, stability, stable_matching
from tests.unit.test_engine_auction import a_problem
from tests.unit.test_engine_cohort import a_company, seats
from tests.unit.test_engine_rules import a_mentee

POLICY = Policy(name="spring", starts_on="2027-01-11")


def blocking_by_hand(problem, mates):
    """Every pair asked one by one."""
    score = {
        (i, j): s
        for i, j, s in zip(*(c.tolist() for c in (problem.mentee, problem.mentor, problem.score)), strict=True)
    }
    has = {j: [i for i, mate in enumerate(mates) if mate == j] for j in range(len(problem.mentors))}
    found = 0
    for (i, j), worth in score.items():
        mentee_gains = mates[i] < 0 or score[i, int(mates[i])] < worth
        has_room = len(has[j]) < problem.seats[j]
        mentor_gains = has_room or any(score[other, j] < worth for other in has[j])
        found += bool(mates[i] != j and problem.seats[j] and mentee_gains and mentor_gains)
    return found


@pytest.mark.parametrize(("spare", "most"), list(product([0.6, 1.0, 1.4], [0, 4, 1_000_000])))
def test_blocking_pairs_are_counted_and_the_stable_option_has_none(spare, most, monkeypatch):
    monkeypatch.setattr("services.matching.engine.stability.AT_ONCE", 7)
    seen = 0
    for seed in range(20):
        problem = a_problem(seed, mentees=20, spare=spare, most=most)
        best = solve(problem).mates
        assert blocking_pairs(problem, best) == blocking_by_hand(problem, best)
        seen += blocking_pairs(problem, best)
        stable = stable_matching(problem)
        assert (np.bincount(stable[stable >= 0], minlength=len(problem.mentors)) <= problem.seats).all()
        assert blocking_by_hand(problem, stable) == 0
    assert seen or most == 0


def test_the_example_of_the_page_has_one_blocking_pair():
    scores = [("a1", "b1", 9), ("a1", "b2", 8), ("a2", "b1", 8), ("a2", "b2", 0)]
    problem = pose(["a1", "a2"], {"b1": 1, "b2": 1}, scores)
    assert stability(problem, solve(problem).mates) == Stability(1, 2, 9)


def test_the_stable_option_never_matches_more_or_scores_higher_with_as_many():
    for seed in range(30):
        problem = a_problem(seed, spare=1.0)
        mates = solve(problem).mates
        told = stability(problem, mates)
        matched, score = int((mates >= 0).sum()), int(problem.score[mates[problem.mentee] == problem.mentor].sum())
        assert (told.stable_matched, told.stable_score) <= (matched, score)


def groups(sizes):
    return {name: list(range(size)) for name, size in sizes.items()}


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ({"a": 30, "b": 12}, {"a": 30, "b": 12}),
        ({"a": 30, "b": 6, "c": 5}, {"a": 30, "(others)": 11}),
        ({"a": 30, "b": 12, "c": 1}, {"a": 30, "(others)": 13}),
        ({"a": 30, "b": 1}, {"(others)": 31}),
        ({"a": 9}, {}),
        ({}, {}),
    ],
)
def test_nothing_is_told_or_can_be_worked_out_about_a_small_group(sizes, told):
    assert {name: len(who) for name, who in grouping._large_enough(groups(sizes))} == told


def test_groups_are_told_with_what_they_could_reach_alone():
    people = a_company(2, mentees=24, mentors=8)
    people = [replace(one, function="sales" if at % 2 else "it", level=5) for at, one in enumerate(people)]
    result = match_cohort(people, seats(1), POLICY, policy_version=1)
    by_name = {(each.by, each.name): each for each in result.report.segments}
    assert {name for name, _ in by_name} == {"function", "level"}
    whole = by_name["level", "4-6"]
    assert (whole.mentees, whole.matched) == (24, len(result.pairs))
    assert whole.entitled == result.certificate.matched_bound
    sales, it = by_name["function", "sales"], by_name["function", "it"]
    assert (sales.mentees, sales.matched + it.matched) == (12, len(result.pairs))
    assert sales.entitled >= sales.matched
    scores = [pair.score.points for pair in result.pairs]
    assert whole.mean_score == sum(scores) // len(scores)


def test_who_has_no_mentor_is_counted_with_one_skill_each():
    def wanting(person_id: str, *skills: str) -> Person:
        return a_mentee(person_id, wants=[{"skill": skill, "level": 2} for skill in skills])

    left = [wanting("a", "sql", "rust"), wanting("b", "sql"), wanting("c", "rust"), wanting("d", "go"), wanting("e")]
    random.Random(1).shuffle(left)
    found = list(shortages(left))
    assert sum(each.seats for each in found) == 4
    assert found[0].seats == 2
    assert list(shortages([])) == []
    assert list(shortages([wanting("a", "x"), wanting("b", "x")])) == [Shortage("x", 2)]
