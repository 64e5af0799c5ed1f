"""Compiled ahead, so that no cohort waits for it."""

import subprocess
import sys

from services.matching.engine import auction, candidates, cohort, paths, prices, raising, solve, survey, sweep
from services.matching.engine.cohort import settle_cohort
from services.matching.engine.warm import warm
from tests.unit.test_engine_sweep import a_question


def signatures():
    """For how many kinds of arguments each compiled function that plain Python calls is ready."""
    of_passes = candidates.best_of_rows, candidates._best_of_mentors, candidates._merge, candidates._sort_out
    called = (auction._bid, paths.place, raising.settled, *of_passes, sweep.broken, sweep.sweep)
    return [len(function.signatures) for function in called]


def test_a_cohort_needs_nothing_that_was_not_compiled_before(monkeypatch):
    warm()
    before = signatures()
    assert all(before)
    for module, name in ((survey, "MANY"), (solve, "MANY"), (solve, "FEW"), (prices, "MANY")):
        monkeypatch.setattr(module, name, 0)
    people, frame = a_question(3)
    seats = {person.id: 3 for person in people}
    for kept_at_most in (10_000, 0):
        monkeypatch.setattr(cohort, "STREAMED_PAIRS", kept_at_most)
        outcome, _ = settle_cohort(people, seats, frame, policy_version=1)
        assert outcome.certificate.matched > 0
        assert signatures() == before


def test_the_command_says_how_long_it_took():
    command = [sys.executable, "-m", "services.matching", "warm"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("compiled in ")


def test_who_matches_a_few_people_loads_no_compiler():
    asked = "import sys, services.matching.engine.cohort, services.matching.worker; print('numba' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"
