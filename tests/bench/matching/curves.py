"""The pictures of a run: bound and score drawing near, time and memory against size."""

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "matching", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
mpl.rcParams["svg.fonttype"] = "none"  # letters, not outlines: half of the bytes

from matplotlib import pyplot as plt  # noqa: E402 - after its backend is chosen
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.ticker import LogLocator  # noqa: E402

from tests.bench import results  # noqa: E402
from tests.bench.matching.running import Told  # noqa: E402
from tests.bench.matching.targets import GIB, Found, spaced  # noqa: E402

PICTURE = results.ROOT / "docs" / "matching-solve.svg"
MARKS = {
    "ours": "o-",
    "scipy_dense": "s--",
    "scipy_sparse": "^--",
    "ortools": "v--",
    "greedy": "d:",
    "mentor_match": "x--",
}
SHORT = {
    "ours": "ours, with proof",
    "scipy_dense": "SciPy dense",
    "scipy_sparse": "SciPy sparse",
    "ortools": "OR-Tools",
    "greedy": "greedy",
    "mentor_match": "mentor-match",
}


def draw(found: Found, converging: list[Told], to: Path = PICTURE) -> None:
    """One picture of three."""
    figure, (near, time, memory) = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    draw_rounds(near, converging)
    draw_growth(time, found, "seconds", 1.0)
    time.set(title="Time", ylabel="seconds")
    time.legend(frameon=False, fontsize=7)
    draw_growth(memory, found, "peak_bytes", GIB)
    memory.set(title="Memory", ylabel="GiB at most")
    figure.savefig(to, metadata={"Date": None})
    plt.close(figure)


def draw_rounds(axes: Axes, converging: list[Told]) -> None:
    """In millionths of the best score, for each number of seats: the bound comes from above, the score from below."""
    for number, one in enumerate(converging):
        best = one["rounds"][-1]["score"]
        seen = range(1, len(one["rounds"]) + 1)
        for key, line in (("bound", "v--"), ("score", "^-")):
            ppm = [1e6 * (each[key] / best - 1) for each in one["rounds"]]
            name = f"{one['ratio']:g} seats for each mentee" if key == "score" else None
            axes.plot(seen, ppm, line, color=f"C{number}", label=name)
    axes.set(title="Bound (above) and score (below)", xlabel="round", ylabel="ppm from the best score")
    axes.set_yscale("symlog", linthresh=1)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, fontsize=7, loc="lower right")


def draw_growth(axes: Axes, found: Found, key: str, unit: float) -> None:
    """Against the number of mentees, at the most usual share of pairs and seats."""
    sizes = sorted({row["size"] for row in found.rows if "why" not in row})
    for who, mark in MARKS.items():
        points = [(size, row[key] / unit) for size in sizes if (row := found.row(who, size))]
        if points:
            axes.plot(*zip(*points, strict=True), mark, label=SHORT[who])
    axes.set(xlabel="mentees", xscale="log", yscale="log")
    axes.set_xticks(sizes, [spaced(size) for size in sizes])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()
