"""What another policy, or other people, would change: two runs held against each other, out of their folders."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from services.matching.domain.difference import MILLION, Difference, Result, difference, sums
from services.matching.files.run import read_report, read_run
from services.matching.files.tables import BadFile

PERCENT = 100


def must_be_comparable(before: Path, out: Path) -> None:
    """Looks before anything is matched: raises BadFile if `before` holds no run, or `out` would overwrite it."""
    read_run(before)
    if before.resolve() == out.resolve():
        raise BadFile(f"{out} would overwrite the run that it is compared with; give another folder")


def compare(before: Path, after: Path) -> Difference:
    """Holds one run against another one; each folder is read once. Raises BadFile."""
    first, second = read_run(before), read_run(after)
    had, has = ({mentee: mentor for mentee, mentor, _ in run.pairs} for run in (first, second))
    worth = {
        (mentee, mentor): score
        for mentee, mentor, score in second.allowed
        if mentor in (had.get(mentee), has.get(mentee))
    }
    return difference(
        Result(had, first.certificate, read_report(before)), Result(has, second.certificate, read_report(after)), worth
    )


def in_full(found: Difference) -> dict[str, Any]:
    """For programs: as `GET /v1/what-ifs/{id}` has it, and everybody who changes by name."""
    told = asdict(found) | {side: sums(getattr(found, side)["certificate"]) for side in ("now", "then")}
    return told | {"changes": [asdict(each) | {"difference": each.difference} for each in found.changes]}


def in_words(found: Difference, before: Path, after: Path) -> Iterator[str]:
    """For people."""
    yield (
        f"{found.keep} keep their mentor, {found.change} get another one, {found.gain} get one who had"
        f" none, {found.lose} lose theirs."
    )
    yield (
        f"By the scores of {after}: its pairs score {found.score_then}, those of {before} {found.score_now}"
        f" ({found.forbidden} of them are not allowed there)."
    )
    for folder, side in ((before, found.now), (after, found.then)):
        told = sums(side["certificate"])
        yield f"{folder}, by its own scores: {_served(told)}, {told['allowed_pairs']} allowed pairs."
    for group in found.groups:
        yield f"{group['by']} {group['name']}: {_served(group['now'])}; then {_served(group['then'])}."


def _served(told: dict[str, Any] | None) -> str:
    if told is None:
        return "too few to tell"
    coverage = f"{told['matched']} of {told['mentees']} matched ({PERCENT * told['coverage_ppm'] / MILLION:.1f} %)"
    return coverage if told["mean_score"] is None else f"{coverage}, mean score {told['mean_score']}"
