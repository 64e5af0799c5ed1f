"""Whether what our engine found is true, asked of code that did not find it: `python -m … .judge FOLDER SEATS …`.

The readable rules and scores judge the compiled ones, plain Python and NumPy judge the proof, and OR-Tools judges what
forcing a pair would cost.
"""

import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from services.matching.engine.check import doubts
from services.matching.engine.prices import Dual
from services.matching.engine.problem import Ints, Problem
from services.matching.engine.rules import broken_rule
from services.matching.engine.score import score
from services.matching.engine.settle import settle
from services.matching.engine.stability import blocking_pairs, stable_matching
from services.matching.engine.survey import looked
from services.matching.engine.verify import objections
from tests.bench.matching import kept
from tests.bench.matching.graph import flowed
from tests.bench.matching.instance import Sides

LISTS, TOP, FORCED = 20, 16, 120
READABLE = 1_000_000
"""Allowed pairs up to which plain Python checks the proof too, and pairs are forced."""


def main(folder: Path, ratios: Sequence[float]) -> None:
    """Tells what was found, a line for each question and number of seats."""
    sides = kept.people(folder)
    for ratio in ratios:
        if not (folder / f"mates-ours-{ratio}.npy").exists():
            continue
        problem, mates, dual = kept.problem(folder, ratio), *_result(folder, ratio)
        asked: list[Iterator[dict[str, Any]]] = [_rules(sides, problem, mates), _proof(problem, mates, dual)]
        if ratio == ratios[0]:
            asked += [_reference(sides, problem), _stability(problem, mates), _again(folder, ratio, mates)]
            if len(problem.score) <= READABLE:
                asked.append(_why_not(sides, problem, mates, dual))
        for told in asked:
            for line in told:
                print(json.dumps({"size": len(mates), "ratio": ratio} | line), flush=True)


def _result(folder: Path, ratio: float) -> tuple[Ints, Dual]:
    numbers = np.load(folder / f"dual-{ratio}.npz")
    return np.load(folder / f"mates-ours-{ratio}.npy"), Dual(numbers["utilities"], numbers["prices"])


def _rules(sides: Sides, problem: Problem, mates: Ints) -> Iterator[dict[str, Any]]:
    """M2. That nobody is there twice is in the form of the answer: one mentor for each mentee."""
    pairs = [(mentee, sides.mentors[mate]) for mentee, mate in zip(sides.mentees, mates, strict=True) if mate >= 0]
    broken = sum(broken_rule(mentee, mentor, sides.frame) is not None for mentee, mentor in pairs)
    taken = np.bincount(mates[mates >= 0], minlength=len(sides.mentors))
    yield {"id": "M2", "pairs": len(pairs), "broken": broken, "overrun": int((taken > problem.seats).sum())}


def _proof(problem: Problem, mates: Ints, dual: Dual) -> Iterator[dict[str, Any]]:
    """M3."""
    refused = bool(list(doubts(problem, stable_matching(problem), dual)))
    found = [list(doubts(problem, mates, dual))]
    if len(problem.score) <= READABLE:
        own = problem.scores_of(mates)
        claimed = replace(settle(problem, scale=1, policy_version=1), mates=mates, own=own, dual=dual)
        found.append(objections(claimed.claim()))
    yield {"id": "M3", "checkers": len(found), "accepted": not any(found), "greedy_refused": refused}


def _reference(sides: Sides, problem: Problem) -> Iterator[dict[str, Any]]:
    """M1."""
    count, wrong, lists = 0, 0, 0
    for at in np.linspace(0, len(sides.mentees) - 1, LISTS).astype(int).tolist():
        mentors, scores, *_ = looked(*sides, at)
        mine = slice(*np.searchsorted(problem.mentee, (at, at + 1)))
        there = problem.mentor[mine], problem.score[mine]
        count += len(sides.mentors)
        wrong += len(set(zip(*there, strict=True)) ^ set(zip(mentors, scores, strict=True)))
        best = [column[np.argsort(-values, kind="stable")[:TOP]] for column, values in (there, (mentors, scores))]
        lists += not np.array_equal(*best)
    yield {"id": "M1", "pairs": count, "lists": LISTS, "wrong_pairs": wrong, "wrong_lists": lists}


def _stability(problem: Problem, mates: Ints) -> Iterator[dict[str, Any]]:
    """M11."""
    stable = stable_matching(problem)
    ours, theirs = (kept.total(problem, each) for each in (mates, stable))
    yield {
        "id": "M11",
        "blocking": blocking_pairs(problem, mates),
        "blocking_if_stable": blocking_pairs(problem, stable),
        "unmade": ours[0] - theirs[0],
        "lost_percent": 100 * (1 - theirs[1] / max(ours[1], 1)),
    }


def _again(folder: Path, ratio: float, mates: Ints) -> Iterator[dict[str, Any]]:
    """M9."""
    other = folder / f"mates-shuffled-{ratio}.npy"
    if other.exists():
        yield {"id": "M9", "differ": int((np.load(other) != mates).sum()), "of": len(mates)}


def _why_not(sides: Sides, problem: Problem, mates: Ints, dual: Dual) -> Iterator[dict[str, Any]]:
    """M12: the parts of every pair, the price of every allowed one, and what forcing some of them costs in truth."""
    pairs = [(one, sides.mentors[mate]) for one, mate in zip(sides.mentees, mates.tolist(), strict=True) if mate >= 0]
    scores = [score(*pair, sides.frame) for pair in pairs]
    reduced = dual.utilities[problem.mentee] + dual.prices[problem.mentor] - problem.coverage_bonus - problem.score
    best = _worth(problem, *kept.total(problem, mates))
    others = np.flatnonzero(mates[problem.mentee] != problem.mentor).tolist()
    luck = random.Random(len(others))
    sample = luck.sample(others, min(FORCED, len(others)))
    held = int(sum(best - _forced(problem, pair) >= reduced[pair] for pair in sample))
    yield {
        "id": "M12",
        "pairs": len(pairs),
        "wrong_sums": sum(sum(one.parts.values()) != one.points for one in scores),
        "without_bound": int((reduced < 0).sum()),
        "forced": len(sample),
        "held": held,
    }


def _forced(problem: Problem, pair: int) -> int:
    """The most that a matching with this pair is worth."""
    others = problem.mentee != problem.mentee[pair]
    seats = problem.seats.copy()
    seats[problem.mentor[pair]] -= 1
    mentee, mentor, points = (column[others] for column in (problem.mentee, problem.mentor, problem.score))
    rest = replace(problem, seats=seats, mentee=mentee, mentor=mentor, score=points)
    matched, total = kept.total(rest, flowed(rest))
    return _worth(problem, matched + 1, total + int(problem.score[pair]))


def _worth(problem: Problem, matched: int, total: int) -> int:
    return problem.coverage_bonus * matched + total


if __name__ == "__main__":
    main(Path(sys.argv[1]), [float(ratio) for ratio in sys.argv[2:]])
