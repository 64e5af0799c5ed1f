"""A cohort whose pairs are never kept ends exactly as one whose pairs all are; and whoever runs the blocks."""

import importlib.util
import random
from dataclasses import replace

import numpy as np
import pytest

from contracts.matching import Fairness
from services.matching.engine import candidates, cohort, solve
from services.matching.engine.asking import stable_scores
from services.matching.engine.cohort import CohortResult, match_cohort, settle_cohort
from services.matching.engine.passes import stream
from services.matching.engine.people import Person
from services.matching.engine.running import Alone, Ray, Threads
from services.matching.engine.stability import stable_matching
from services.matching.engine.survey import survey
from services.matching.engine.verify import objections
from tests.unit.test_engine_cohort import POLICY, a_company, seats
from tests.unit.test_engine_sweep import a_question


@pytest.fixture(autouse=True)
def _few_candidates(monkeypatch):
    """So few that prices have to find what is missing, in both ways alike."""
    monkeypatch.setattr(solve, "MANY", 0)
    monkeypatch.setattr(candidates, "BEST", 2)
    monkeypatch.setattr(candidates, "REVERSE", 1)
    monkeypatch.setattr("services.matching.engine.asking.ASKED", 2)


def untimed(result: CohortResult) -> CohortResult:
    return replace(result, certificate=replace(result.certificate, seconds=0, peak_bytes=0))


def in_both_ways(monkeypatch, *args, **kwargs) -> CohortResult:
    """The result, after it was held against that of all pairs."""
    kept = match_cohort(*args, **kwargs)
    with monkeypatch.context() as patch:
        patch.setattr(cohort, "STREAMED_PAIRS", 0)
        patch.setattr("services.matching.engine.streamed.BLOCK", 7)
        patch.setattr("services.matching.engine.streamed.BLOCKS", 1_000)
        patch.setattr("services.matching.engine.sweeping.AT_ONCE", 100)
        flowing = match_cohort(*args, **kwargs)
    assert untimed(flowing) == untimed(kept)
    return flowing


@pytest.mark.parametrize("seed", range(18))
def test_any_question_ends_as_with_all_pairs(seed, monkeypatch):
    """Floors, refusals, rulings, preferences, meanings, functions and scarce seats, for some seeds each."""
    people, frame = a_question(seed)
    luck = random.Random(seed)
    free = {person.id: luck.choice([0, 1, 1, 3][: 3 + seed % 2]) for person in people}
    found = in_both_ways(
        monkeypatch,
        people,
        free,
        frame.policy,
        policy_version=4,
        mentees=[person.id for person in people] if seed % 3 else None,
        forbidden=frame.forbidden,
        refused=frame.refused,
        tried=frame.tried,
        preferences=frame.preferences,
        meaning=frame.meaning,
        pinned=[(people[0].id, people[1].id), (people[2].id, people[9].id)] if seed % 2 else (),
        groups={"some": [person.id for person in people[::2]]},
    )
    assert found.certificate.gap_ppm == 0
    assert found.certificate.allowed_pairs


def alike(seed: int) -> list[Person]:
    return [replace(one, level=5, team=None, style={"pace": 3}, wants={"a": 2}) for one in a_company(seed, mentees=30)]


@pytest.mark.parametrize("most", [1, 2, 5])
def test_ties_fall_by_the_same_lot(most, monkeypatch):
    people = alike(most)
    found = in_both_ways(monkeypatch, people, seats(most), POLICY, policy_version=1)
    assert 0 < len({pair.score.points for pair in found.pairs}) < len(found.pairs) / 2


def test_groups_are_steered_alike(monkeypatch):
    people = a_company(5, mentees=24)
    plain = match_cohort(people, seats(2), POLICY, policy_version=1)
    left = [one.mentee_id for one in plain.unmatched][:5]
    groups = {"left": left, "others": sorted({person.id for person in people[:24]} - set(left))}
    asks = POLICY.model_copy(update={"fairness": Fairness(steer=True, most_loss_ppm=100_000)})
    fair = in_both_ways(monkeypatch, people, seats(2), asks, policy_version=1, groups=groups)
    assert fair.certificate.gap_ppm > 0


def test_the_stable_option_is_the_same():
    for seed in range(12):
        people, frame = a_question(seed)
        free = [1 + (seed + at) % 2 for at in range(len(people))]
        problem = survey(people, people, frame).problem(people, people, free)
        pairs, _ = stream(people, people, frame, free)
        assert (stable_scores(pairs) == problem.scores_of(stable_matching(problem))).all(), seed


def test_what_is_written_to_files_is_the_same(monkeypatch):
    people, frame = a_question(4)
    free = {person.id: 2 for person in people}
    kept, _ = settle_cohort(people, free, frame, policy_version=1)
    monkeypatch.setattr(cohort, "STREAMED_PAIRS", 0)
    flowing, _ = settle_cohort(people, free, frame, policy_version=1)
    assert list(flowing.problem.rows()) == list(kept.problem.rows())
    assert (flowing.pairs(), flowing.prices()) == (kept.pairs(), kept.prices())
    assert objections(flowing.claim()) == []


def outcomes(monkeypatch, runner, block: int):
    people, frame = a_question(4)
    monkeypatch.setattr(cohort, "STREAMED_PAIRS", 0)
    monkeypatch.setattr("services.matching.engine.streamed.BLOCK", block)
    monkeypatch.setattr("services.matching.engine.streamed.BLOCKS", 1_000)
    free = {person.id: 1 for person in people}
    outcome, found = settle_cohort(people, free, frame, policy_version=1, runner=runner)
    told = replace(outcome.certificate, seconds=0, peak_bytes=0)
    return outcome.mates.tolist(), outcome.prices(), outcome.utilities(), told, found.broken, found.below


@pytest.mark.parametrize("runner", [Alone(), Threads(1), Threads(2), Threads(5)], ids=repr)
@pytest.mark.parametrize("block", [1, 7, 1_000])
def test_threads_and_blocks_change_nothing(runner, block, monkeypatch):
    assert outcomes(monkeypatch, runner, block) == outcomes(monkeypatch, None, 13)


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray (the extra `cluster`) is not installed")
def test_two_workers_of_a_ray_cluster_change_nothing(monkeypatch):
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        assert outcomes(monkeypatch, Ray(workers=2), 7) == outcomes(monkeypatch, None, 13)
    finally:
        ray.shutdown()


def test_too_many_equals_are_refused_with_the_number(monkeypatch):
    people = alike(1)
    monkeypatch.setattr(cohort, "STREAMED_PAIRS", 0)
    monkeypatch.setattr(candidates, "MOST_TIGHT", 3)
    with pytest.raises(candidates.Invalid, match=r"\d+ pairs are as good as each other"):
        match_cohort(people, seats(8), POLICY, policy_version=1)


def test_a_first_pass_finds_counts_and_the_best_of_each_side():
    people, frame = a_question(5)
    problem = survey(people, people, frame).problem(people, people, [1] * len(people))
    for_all, flowing = candidates.begin(problem), stream(people, people, frame, [1] * len(people))[0].begun
    assert (for_all.counts == flowing.counts).all()
    assert for_all.highest == flowing.highest == problem.highest
    assert all(np.array_equal(*columns) for columns in zip(for_all.chosen, flowing.chosen, strict=True))
