"""M1 to M14: what is demanded, what this run measured, and whether it is met. What was not measured says so."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.bench.matching.running import Told

GIB = 2**30
Verdict = tuple[str, bool | None]
"""What was measured, in words, and whether that is enough; None if there is nothing to judge."""
NOT_MEASURED: Verdict = ("not measured", None)


@dataclass(frozen=True)
class Found:
    """All that one run told."""

    rows: list[Told]
    """Of contestants on instances."""
    judged: list[Told]
    elsewhere: list[Told]

    def row(self, who: str, size: int, share: float = 0.3, ratio: float = 1.1) -> Told | None:
        """One contestant on one instance, if it came to an end."""
        wanted = {"who": who, "size": size, "share": share, "ratio": ratio}
        return next((row for row in self.rows if wanted.items() <= row.items() and "why" not in row), None)

    def told(self, target: str) -> list[Told]:
        """What the judge said."""
        return [line for line in self.judged if line.get("id") == target]

    def scale(self, mentees: int) -> Told:
        """What `tests.bench.scale` told of a cohort of that size; nothing if it did not."""
        return next((line for line in self.elsewhere if line.get("mentees") == mentees), {})

    @property
    def sizes(self) -> list[int]:
        """Mentees of the instances that ours came to the end of."""
        return sorted({row["size"] for row in self.rows if row["who"] == "ours" and "why" not in row})


def m1(found: Found) -> Verdict:
    lines = found.told("M1")
    pairs, lists, wrong = (sum(line[key] for line in lines) for key in ("pairs", "lists", "wrong_pairs"))
    differ = sum(line["wrong_lists"] for line in lines)
    return f"{wrong} of {spaced(pairs)} pairs and {differ} of {lists} lists differ", not (wrong or differ)


def m2(found: Found) -> Verdict:
    lines = found.told("M2")
    pairs, broken, overrun = (sum(line[key] for line in lines) for key in ("pairs", "broken", "overrun"))
    ratios = "/".join(sorted({f"{line['ratio']:g}" for line in lines}))
    text = f"{broken} broken rules in {spaced(pairs)} pairs, {overrun} mentors with too many, at seats {ratios}"
    return text, not (broken or overrun)


def m3(found: Found) -> Verdict:
    rows = [row for row in found.rows if row["who"] == "ours" and "why" not in row]
    least = all(row["matched"] == row["matched_bound"] for row in rows)
    gap = max(row["gap_ppm"] for row in rows)
    lines = found.told("M3")
    checked = all(line["accepted"] and line["greedy_refused"] for line in lines)
    words = "the checkers accept ours and refuse greedy" if checked else "**a checker disagrees**"
    text = f"{len(rows)} instances up to {spaced(found.sizes[-1])} mentees: largest gap {gap} ppm; {words}"
    return text, least and not gap and checked


def m4(found: Found) -> Verdict:
    where = {"size": 10_000, "share": 0.3, "ratio": 1.1}
    ours, dense = (
        next((row for row in found.rows if (where | {"who": who}).items() <= row.items()), {})
        for who in ("ours", "scipy_dense")
    )
    seconds = dense.get("seconds", dense.get("limit"))
    if "seconds" not in ours or seconds is None:
        return NOT_MEASURED
    ratio, peak = ours["seconds"] / seconds, ours["peak_bytes"] / GIB
    most = "" if "seconds" in dense else "at most "  # SciPy was stopped
    return f"{most}{ratio:.2f} x, {peak:.2f} GiB", ratio <= 0.5 and peak <= 0.6


def m7(found: Found) -> Verdict:
    size = max((row["size"] for row in found.rows if row["who"] == "graph"), default=0)
    rows = {ratio: found.row("graph", size, ratio=ratio) for ratio in (1.1, 1.0, 0.9)}
    of = {ratio: row["of_ortools"] for ratio, row in rows.items() if row}
    if len(of) < len(rows):
        return NOT_MEASURED
    times = ", ".join(f"{of[ratio]:.2f} x at {ratio:g}" for ratio in rows)
    text = f"at {spaced(size)} mentees its time {times}"
    return text, of[1.1] <= 1 / 5 and max(of[1.0], of[0.9]) <= 1.5


def m9(found: Found) -> Verdict:
    lines = found.told("M9")
    differ, of = (sum(line[key] for line in lines) for key in ("differ", "of"))
    return f"{differ} of {spaced(of)} differ, shuffled, 2 threads, another process", not differ


def m11(found: Found) -> Verdict:
    line = found.told("M11")[-1]
    text = (
        f"at {spaced(line['size'])} mentees {spaced(line['blocking'])} blocking pairs; stable option: "
        f"{line['blocking_if_stable']}, for {line['lost_percent']:.1f} % of the score and {line['unmade']} pairs"
    )
    return text, not line["blocking_if_stable"]


def m12(found: Found) -> Verdict:
    line = found.told("M12")[0]
    text = (
        f"{line['wrong_sums']} of {spaced(line['pairs'])} sums wrong, {line['without_bound']} alternatives without a "
        f"bound; {line['held']} of {line['forced']} forced pairs cost the bound or more"
    )
    return text, not (line["wrong_sums"] or line["without_bound"]) and line["held"] == line["forced"]


def m5(found: Found) -> Verdict:
    at = found.scale(100_000)
    if not at:
        return NOT_MEASURED
    peak = at["peak_mib"]["proof"] / 1024
    text = f"50 ppm within {at['near_to_top_k']:g} passes, proof within {at['proof_to_top_k']:g}; {peak:.2f} GiB"
    return text, at["near_to_top_k"] <= 4 and at["proof_to_top_k"] <= 8 and peak <= 1


def m6(found: Found) -> Verdict:
    at = found.scale(100_000)
    if not at:
        return NOT_MEASURED
    product, numpy = at["top_k_to_product"], at["numpy_to_top_k"]
    return f"{product:g} x the product, {numpy:g} x faster than NumPy", product <= 5 and numpy >= 8


def m13(found: Found) -> Verdict:
    small, large = found.scale(10_000), found.scale(100_000)
    if not small or not large:
        return NOT_MEASURED
    times = large["solver_alone"] / small["solver_alone"]
    memory = large["peak_mib"]["proof"] / small["peak_mib"]["proof"]
    return f"from 10 000 to 100 000: {times:.1f} x, {memory:.1f} x", times <= 25 and memory <= 10


@dataclass(frozen=True)
class Target:
    """One line of the table."""

    id: str
    demand: str
    verdict: Callable[[Found], Verdict] | None = None
    """None: another bench measures it."""
    needs: str = ""
    """The judge's lines without which there is nothing to say."""
    bench: str = ""
    """Who measures it, if not this run itself."""


TARGETS = (
    Target("M1", "scores, rules and top-16 lists equal the readable reference bit for bit", m1, "M1"),
    Target("M2", "no broken rule, no seat overrun, nobody twice, at seats 0.9 / 1.0 / 1.1", m2, "M2"),
    Target("M3", "coverage is the proven maximum, gap 0 up to 20 000 mentees; checkers accept it, and no greedy", m3),
    Target("M4", "10 000: people to proof ≤ 0.5 x SciPy's dense solve alone, peak ≤ 0.6 GiB", m4),
    Target("M5", "100 000: ≤ 50 ppm within 4 x one top-k pass, proof within 8 x, peak ≤ 1 GiB", m5, bench="scale"),
    Target(
        "M6",
        "100 000: top-k pass ≤ 5 x the bare matrix product of the pairs, ≥ 8 x faster than NumPy blocks",
        m6,
        bench="scale",
    ),
    Target("M7", "candidates' graph: ≥ 5 x faster than OR-Tools at seats 1.1, ≤ 1.5 x its time at 0.9 and 1.0", m7),
    Target(
        "M8", "query over 100 000: p50 ≤ 2 ms, p99 ≤ 3 x p50, ≥ 4 x faster than NumPy; an update ≤ 0.1 ms", bench="live"
    ),
    Target("M9", "same pairs under shuffled input, 1 or 2 threads, restart", m9, "M9"),
    Target(
        "M10",
        "coverage gap between groups ≤ 0.5 points (or entitlement told) for ≤ 0.3 % of the score",
        bench="fairness",
    ),
    Target("M11", "blocking pairs over all pairs are told; the stable option has none, and its price", m11, "M11"),
    Target("M12", "parts sum exactly; better alternatives have a rule or a bound; forcing costs no less", m12, "M12"),
    Target("M13", "10 x the mentees costs ≤ 25 x the solve time, ≤ 10 x the peak memory", m13, bench="scale"),
    Target("M14", "the first request after start is not slower than 2 x the median", bench="live"),
)


def lines(found: Found) -> Iterator[list[str]]:
    """The table: target, demand, measured, met or missed."""
    for target in TARGETS:
        for measured, met in _verdicts(target, found):
            yield [target.id, target.demand, measured, {True: "met", False: "**missed**", None: "-"}[met]]


def _verdicts(target: Target, found: Found) -> Iterable[Verdict]:
    if target.verdict is None:
        told: list[dict[str, Any]] = [line for line in found.elsewhere if line.get("id") == target.id]
        verdicts = [(line["measured"], line["met"]) for line in told]
    elif not found.sizes or (target.needs and not found.told(target.needs)):
        verdicts = []
    else:
        verdicts = [target.verdict(found)]
    return [each for each in verdicts if each != NOT_MEASURED] or [_not_measured(target, found)]


def _not_measured(target: Target, found: Found) -> Verdict:
    """With the reason, where another bench gave one."""
    why = (line["why"] for line in found.elsewhere if line["from"].endswith(target.bench) and "why" in line)
    reason = next(why, "") if target.bench else ""
    return (f"not measured: {reason}" if reason else NOT_MEASURED[0]), None


def spaced(number: int) -> str:
    """12 345."""
    return f"{number:,}".replace(",", " ")
