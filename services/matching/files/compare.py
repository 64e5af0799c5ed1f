"""What another policy, or other people, would change: two runs held against each other, out of their folders."""

from dataclasses import dataclass
from pathlib import Path

from services.matching.engine.verify import Claim
from services.matching.files.run import read_run


@dataclass(frozen=True)
class Comparison:
    """What becomes of the mentees of the first run in the second; and both results by the second one's scores."""

    keep: tuple[str, ...]
    """Who has the same mentor."""
    change: tuple[tuple[str, str, str], ...]
    """Who has another one: mentee, the mentor before, the mentor after."""
    gain: tuple[tuple[str, str], ...]
    """Who has one and had none, or was not there: mentee, mentor."""
    lose: tuple[tuple[str, str], ...]
    """Who had one and has none, or is not there any more: mentee, mentor before."""
    forbidden: tuple[tuple[str, str], ...]
    """Pairs of the first run that are not allowed in the second."""
    score_before: int
    """Of the first run's pairs that are allowed in the second, by the scores of the second."""
    score_after: int


def compare(before: Path, after: Path) -> Comparison:
    """Holds one run against another one; both folders are read once. Raises BadFile."""
    first, second = read_run(before), read_run(after)
    had, has = _mentors(first), _mentors(second)
    both = sorted(had.keys() & has.keys())
    worth = {
        (mentee, mentor): score
        for mentee, mentor, score in second.allowed
        if mentor in (had.get(mentee), has.get(mentee))
    }
    return Comparison(
        keep=tuple(mentee for mentee in both if had[mentee] == has[mentee]),
        change=tuple((mentee, had[mentee], has[mentee]) for mentee in both if had[mentee] != has[mentee]),
        gain=tuple((mentee, has[mentee]) for mentee in sorted(has.keys() - had.keys())),
        lose=tuple((mentee, had[mentee]) for mentee in sorted(had.keys() - has.keys())),
        forbidden=tuple(pair for pair in sorted(had.items()) if pair not in worth),
        score_before=sum(worth.get(pair, 0) for pair in had.items()),
        score_after=sum(worth[pair] for pair in has.items()),
    )


def _mentors(run: Claim) -> dict[str, str]:
    return {mentee: mentor for mentee, mentor, _ in run.pairs}
