"""What `match` says besides the totals, in sentences."""

from collections.abc import Iterator
from pathlib import Path

from services.matching.engine.report import Report
from services.matching.files.groups import Members
from services.matching.files.people import People
from services.matching.files.run import REJECTED

PPM_OF_A_POINT = 10_000


def beside_totals(people: People, members: Members, report: Report, run: Path) -> Iterator[str]:
    """Whatever there is to say."""
    yield from _left_out(people, run)
    yield from _unknown(members, people)
    yield from _below_floor(report)
    yield from _steered(report)


def _left_out(people: People, run: Path) -> Iterator[str]:
    """Columns that mean nothing here, and rows that were refused."""
    if people.ignored_columns:
        yield f"ignored, as they mean nothing to us: {', '.join(people.ignored_columns)}"
    if people.rejected:
        noun = "row was" if people.rejected == 1 else "rows were"
        yield f"{people.rejected} {noun} refused, with reason and mend in {run / REJECTED}"


def _unknown(members: Members, people: People) -> Iterator[str]:
    """Lines of the groups that name nobody who takes part."""
    if lines := members.unknown(profile.person_id for profile in people.profiles):
        line, person = lines[0]
        share = f"{len(lines)} of {len(members.lines)} lines"
        yield f"groups: {share} name nobody who takes part, the first is line {line}: {person}"


def _below_floor(report: Report) -> Iterator[str]:
    """Whom the policy's floor leaves without a mentor, and what is possible."""
    floor = report.floor
    if floor is None or floor.highest is None or not floor.left_out:
        return
    whom = "1 mentee has" if floor.left_out == 1 else f"{floor.left_out} mentees have"
    met = "the best pair scores" if floor.highest >= floor.min_score else "no pair reaches it, the best scores"
    yield f"rules.min_score: {whom} nobody because of the floor of {floor.min_score}; {met} {floor.highest}"


def _steered(report: Report) -> Iterator[str]:
    """What steering for groups reached, and its price."""
    if fair := report.fairness:
        before, after = (f"{gap / PPM_OF_A_POINT:.1f}" for gap in (fair.gap_before_ppm, fair.gap_after_ppm))
        price = f"{fair.price_ppm} ppm of the score"
        yield f"fairness: the gap between groups went from {before} to {after} points for {price}"
