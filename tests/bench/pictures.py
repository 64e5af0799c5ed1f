"""The pictures of docs/matching.md, from real runs: `python -m tests.bench.pictures` (half a minute).

The company is the demo's. Nothing in them is a time, so every machine draws the same.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "matching", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})

from matplotlib import pyplot as plt  # noqa: E402 - after its backend is chosen
from matplotlib.axes import Axes  # noqa: E402

from services.matching.engine.fairness import steer  # noqa: E402
from services.matching.engine.problem import Problem  # noqa: E402
from services.matching.engine.solve import Solved, solve  # noqa: E402
from services.matching.engine.stability import blocking_pairs, stable_matching  # noqa: E402
from services.matching.engine.survey import Survey, survey  # noqa: E402
from tests.bench.fairness import PPM_OF_A_POINT, with_a_gap  # noqa: E402
from tests.bench.matching.instance import Sides, company, even_seats  # noqa: E402
from tests.bench.matching.kept import total  # noqa: E402

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "matching.svg"
PEOPLE, SEED = 2_000, 23
RATIOS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5)
STEERED = (0.7, 0.8, 0.9)
LOSSES = (0, 25, 50, 100, 200, 400, 800, 1_600, 3_000)
"""Parts per million of the total score that steering may cost."""
PERCENT, PPM_OF_A_PERCENT = 100, 10_000


def posed(found: Survey, sides: Sides, ratio: float) -> Problem:
    """The cohort with so many seats for each mentee, spread evenly."""
    mentees, mentors, _ = sides
    seats = even_seats(len(mentees), len(mentors), ratio)
    return found.problem(mentees, mentors, seats.tolist())


def main() -> None:
    """Matches the company at each number of seats, and draws."""
    sides = company(PEOPLE, SEED)
    found = survey(*sides)
    problems = [posed(found, sides, ratio) for ratio in RATIOS]
    figure, ((price, blocking), (fair, load)) = plt.subplots(2, 2, figsize=(9, 6), layout="constrained")
    solved = [solve(problem) for problem in problems]
    best = [each.mates for each in solved]
    draw_price(price, problems, best)
    draw_blocking(blocking, problems, best)
    draw_fairness(fair, {ratio: (problems[at], solved[at]) for at, ratio in enumerate(RATIOS) if ratio in STEERED})
    draw_load(load, problems[RATIOS.index(1.1)], best[RATIOS.index(1.1)])
    figure.savefig(PICTURE, metadata={"Date": None})


def draw_price(axes: Axes, problems: list[Problem], best: list[np.ndarray]) -> None:
    """What the stable option gives up."""
    lost = []
    for problem, mates in zip(problems, best, strict=True):
        (matched, score), (stable, its_score) = total(problem, mates), total(problem, stable_matching(problem))
        lost.append((PERCENT * (matched - stable) / matched, PERCENT * (score - its_score) / score))
    axes.plot(RATIOS, [one for one, _ in lost], "o-", label="pairs")
    axes.plot(RATIOS, [other for _, other in lost], "s--", label="total score")
    axes.set(title="What a stable result would cost", xlabel="seats for each mentee", ylabel="% less than the best")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)


def draw_blocking(axes: Axes, problems: list[Problem], best: list[np.ndarray]) -> None:
    """How many pairs would rather have each other."""
    counts = [blocking_pairs(problem, mates) for problem, mates in zip(problems, best, strict=True)]
    axes.plot(RATIOS, [PERCENT * count / len(problems[0].score) for count in counts], "o-")
    axes.set(title="Who would rather swap", xlabel="seats for each mentee", ylabel="% of all allowed pairs")
    axes.set_ylim(bottom=0)


def draw_fairness(axes: Axes, cohorts: dict[float, tuple[Problem, Solved]]) -> None:
    """How far apart two groups are that are served unequally, by what it costs to bring them together."""
    for marker, (ratio, (problem, best)) in zip("os^", cohorts.items(), strict=True):
        groups = with_a_gap(problem, best, SEED)
        reached = [told for most in LOSSES if (told := steer(problem, best, groups, most)[1])]
        paid = [0.0, *(told.price_ppm / PPM_OF_A_PERCENT for told in reached)]
        gaps = [reached[0].gap_before_ppm, *(told.gap_after_ppm for told in reached)]
        axes.plot(paid, [gap / PPM_OF_A_POINT for gap in gaps], f"{marker}-", label=f"{ratio} seats for each mentee")
    axes.set(title="What fairness to groups costs", xlabel="% of the total score", ylabel="gap in coverage, points")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)


def draw_load(axes: Axes, problem: Problem, mates: np.ndarray) -> None:
    """How many mentees each mentor has."""
    taken = np.bincount(mates[mates >= 0], minlength=len(problem.mentors))
    counts = np.bincount(taken)
    axes.bar(range(len(counts)), counts)
    axes.set(title="Load, at 1.1 seats for each mentee", xlabel="mentees of one mentor", ylabel="mentors")


if __name__ == "__main__":
    main()
