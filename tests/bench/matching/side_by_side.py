"""All contestants on all instances, each in a process of its own."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from tests.bench.matching import packages
from tests.bench.matching.instance import MENTORS_PER_MENTEE, around_the_clock, with_share
from tests.bench.matching.kept import counts, keep
from tests.bench.matching.rivals import RIVALS, Rival
from tests.bench.matching.running import Clock, Told, module, play
from tests.bench.matching.targets import spaced

GIB = 2**30
SHARES, RATIOS = (0.3, 0.05, 0.8), (1.1, 1.0, 0.9)
"""The most usual first: if time runs out, what is left out is the least telling."""
ALL_RATIOS_UP_TO = 2_000
"""Mentees; beyond, the unusual shares of allowed pairs are matched at the most usual number of seats alone."""


@dataclass
class Plan:
    """What is to be matched, and who turned out to be too slow for what."""

    sizes: Sequence[int]
    shares: Sequence[float]
    ratios: Sequence[float]
    seed: int
    folder: Path
    clock: Clock
    too_slow: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Contestant → mentees and share of pairs that took too long."""

    def cells(self) -> Iterator[tuple[int, float, Sequence[float]]]:
        """Mentees, share of allowed pairs, and the seats for each mentee."""
        for size in sorted(self.sizes):
            for share in self.shares:
                usual = share == self.shares[0]
                yield size, share, self.ratios if usual or size <= ALL_RATIOS_UP_TO else self.ratios[:1]

    def place(self, size: int, share: float | None = None) -> Path:
        """The folder of an instance."""
        return self.folder / f"{size}-{self.shares[0] if share is None else share}"

    def play(self, name: str, size: int, share: float, ratio: float) -> Told:
        """One contestant, unless the same was too much already."""
        least = self.too_slow.get(name)
        if least and size >= least[0] and share >= least[1]:
            return {"why": f"not tried: too slow for {spaced(least[0])} mentees and {100 * least[1]:g} %"}
        told = play(name, self.place(size, share), ratio, self.clock)
        if "limit" in told:
            self.too_slow[name] = size, share
        return told


def measure(plan: Plan) -> list[Told]:
    """A row for each contestant on each instance.

    The instances with the usual share stay in the plan's folder, for the judge; the columns of the others are
    gigabytes.
    """
    rows = []
    sides = {}
    for size, share, ratios in plan.cells():
        at, usual = plan.place(size, share), share == plan.shares[0]
        sides = {size: sides[size] if size in sides else around_the_clock(size, plan.seed)}
        keep(at, with_share(sides[size], share))
        wrong = module("tests.bench.matching.keep", at, limit=10 * plan.clock.limit)
        if wrong:
            raise SystemExit(f"{size} mentees: {wrong[0]['why']}")
        for ratio in ratios:
            where = {"size": size, "share": share, "ratio": ratio}
            rows += [where | row for row in _cell(plan, size, share, ratio, usual=usual)]
        if not usual:
            shutil.rmtree(at)
    return rows


def alone(plan: Plan, size: int) -> list[Told]:
    """Ours alone, at the most usual share of pairs and seats, three times as long."""
    at, where = plan.place(size), {"size": size, "share": plan.shares[0], "ratio": plan.ratios[0]}
    keep(at, with_share(around_the_clock(size, plan.seed), plan.shares[0]))
    told = play("ours", at, plan.ratios[0], replace(plan.clock, limit=3 * plan.clock.limit))
    shutil.rmtree(at)
    return [where | _said({"who": "ours"} | told, told)]


def _cell(plan: Plan, size: int, share: float, ratio: float, *, usual: bool) -> Iterator[Told]:
    best = plan.play("ours", size, share, ratio)
    yield _said({"who": "ours"} | best, best)
    for name, rival in RIVALS.items():
        if usual or name != "mentor_match":
            yield _said({"who": name} | _rival(plan, name, rival, size, share, ratio), best)
    if usual:
        yield _said({"who": "graph"} | plan.play("graph", size, share, ratio), best)
        if ratio == plan.ratios[0]:
            yield _said({"who": "numpy_blocks"} | plan.play("numpy_blocks", size, share, ratio), best)


def _rival(plan: Plan, name: str, rival: Rival, size: int, share: float, ratio: float) -> Told:
    allowed = counts(plan.place(size, share))["allowed"]
    why = _cannot(rival, size, round(ratio * size), allowed)
    if why is None and name == "mentor_match" and not packages.installed():
        why = "could not be installed"
    return {"why": why} if why else plan.play(name, size, share, ratio)


def _cannot(rival: Rival, mentees: int, seats: int, allowed: int) -> str | None:
    """Why it is not tried."""
    if mentees > rival.largest:
        return f"not tried beyond {rival.largest} mentees"
    need, have = rival.bytes(mentees, seats, allowed), psutil.virtual_memory().total
    return f"needs {need / GIB:.0f} GiB or more" if need > 0.7 * have else None


def _said(row: Told, best: Told) -> Told:
    """The row, on the screen too, with what it lost of the proven optimum."""
    if "score" in row and "score" in best:
        row["loss_ppm"] = 1e6 * (1 - row["score"] / max(best["score"], 1))
        if (row["matched"], row["score"]) > (best["matched_bound"], best["score_bound"]):
            raise SystemExit(f"{row['who']} found what the certificate excludes")
    print(row, flush=True)
    return row


def beyond(size: int) -> Iterator[Told]:
    """What the others would need for so many mentees."""
    mentors = round(MENTORS_PER_MENTEE * size)
    for name, rival in RIVALS.items():
        why = _cannot(rival, size, round(1.1 * size), round(SHARES[0] * size * mentors))
        yield {"size": size, "share": SHARES[0], "ratio": 1.1, "who": name, "why": why or "not tried"}
