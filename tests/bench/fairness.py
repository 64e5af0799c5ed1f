"""What steering for groups costs: `python -m tests.bench.fairness [--people 8100] [--seats 0.8 0.9]` (a minute or two).

The company is the demo's; the seats are spread evenly over the mentors. Some say that they belong to one of two groups,
the more often to the first the less they were served, so that there is a gap of about twenty points to close. The
seconds are told as a ratio: of all that steering took to the one solve before it.
"""

import argparse
import json
import random

import numpy as np

from services.matching.engine.check import doubts
from services.matching.engine.fairness import Fairness, steer
from services.matching.engine.groups import Groups
from services.matching.engine.problem import Problem
from services.matching.engine.solve import Solved, solve
from services.matching.engine.survey import survey
from services.matching.engine.warm import warm
from tests.bench.matching.instance import company
from tests.bench.matching.timing import timed

SERVED, NOT_SERVED, SILENT = 0.42, 0.79, 0.1
"""How likely somebody is in the first group, by whether they have a mentor; and how many say nothing."""
LOSSES = (3_000, 300, 100)
PPM_OF_A_POINT = 10_000


def with_a_gap(problem: Problem, best: Solved, seed: int) -> Groups:
    """Two groups that are served unequally."""
    luck, groups = random.Random(seed), {"first": [], "second": []}
    for mentee, served in zip(problem.mentees, (best.mates >= 0).tolist(), strict=True):
        first = luck.random() < (SERVED if served else NOT_SERVED)
        if luck.random() >= SILENT:
            groups["first" if first else "second"].append(mentee)
    return groups


def target(reached: list[tuple[float, Fairness]]) -> dict[str, object]:
    """What M10 asks: the gap that is left, and its price."""
    parts = [
        f"{told.gap_after_ppm / PPM_OF_A_POINT:.2f} points for {told.price_ppm} ppm at {ratio} seats per mentee"
        for ratio, told in reached
    ]
    met = all(told.gap_after_ppm <= PPM_OF_A_POINT / 2 and told.price_ppm <= LOSSES[0] for _, told in reached)
    return {"id": "M10", "measured": "; ".join(parts), "met": met}


def main(people: int, ratios: list[float], seed: int, *, as_json: bool) -> None:
    """Prints the table, or target M10 as a line of JSON: half a point apart at most, for 3 000 ppm at most."""
    warm()
    say = (lambda *_, **__: None) if as_json else print
    reached = []
    sides = company(people, seed)
    found = survey(*sides)
    say("| mentees | allowed pairs | seats per mentee | gap before | at most | gap after | price | solves | time |")
    say("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for ratio in ratios:
        seats = np.diff(np.linspace(0, ratio * len(sides[0]), len(sides[1]) + 1).astype(np.int64))
        problem = found.problem(sides[0], sides[1], seats.tolist())
        best, once = timed(lambda problem=problem: solve(problem))
        groups = with_a_gap(problem, best, seed)
        for most in LOSSES:
            (mates, told), all_of_it = timed(lambda p=problem, b=best, g=groups, m=most: steer(p, b, g, m))
            if told is None or (wrong := list(doubts(problem, mates, best.dual, most))):
                raise SystemExit(f"it does not hold: {told and wrong}")
            gaps = [f"{gap / PPM_OF_A_POINT:.2f} points" for gap in (told.gap_before_ppm, told.gap_after_ppm)]
            row = [len(problem.mentees), len(problem.score), ratio, gaps[0], f"{most} ppm", gaps[1]]
            row += [f"{told.price_ppm} ppm", told.solves, f"{all_of_it / once:.1f} x one solve"]
            say(f"| {' | '.join(map(str, row))} |", flush=True)
            if most == LOSSES[0]:
                reached.append((ratio, told))
    if as_json:
        print(json.dumps(target(reached)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=8_100)
    parser.add_argument("--seats", type=float, nargs="+", default=[0.8, 0.9])
    parser.add_argument("--seed", type=int, default=29)
    parser.add_argument("--json", action="store_true", help="target M10 as a line of JSON")
    asked = parser.parse_args()
    main(asked.people, asked.seats, asked.seed, as_json=asked.json)
