"""Why this mentor and not that one, out of the folder of a run alone."""

from collections.abc import Iterator
from pathlib import Path

from services.matching.files.run import read_run
from services.matching.files.tables import BadFile

MOST_SHOWN = 10


def explain(folder: Path, mentee: str, mentor: str | None = None) -> Iterator[str]:
    """Sentences about a mentee's mentor, and about one other mentor or all who would score better.

    The loss of a pair is its reduced cost, utility + price - (bonus + score): forcing the pair would cost the whole
    program at least that much (linear programming duality). Raises BadFile for an unknown id.
    """
    run = read_run(folder)
    utility, price = dict(run.utilities).get(mentee), {one: cost for one, _, _, cost in run.prices}
    if utility is None or (mentor is not None and mentor not in price):
        raise BadFile(f"nobody in this run has the id {mentee if utility is None else mentor}")
    scores = {other: score for one, other, score in run.allowed if one == mentee}
    mate = next((other for one, other, _ in run.pairs if one == mentee), None)
    bonus = int(run.certificate["coverage_bonus"])
    loss = {other: utility + price[other] - bonus - score for other, score in scores.items()}
    without = {other for other, seats, _, _ in run.prices if not seats}
    yield _their_own(mentee, mate, scores)
    if run.certificate["gap_ppm"]:
        yield "The program asked for fairness to groups: losses below are measured from the best result without it."
    if mentor in without and mentor in scores:
        yield f"{mentor} has no seat in this run."
        return
    if mentor is not None:
        yield _another(mentor, mate, scores, loss, bonus)
        return
    least = scores[mate] if mate else -1
    better = sorted(
        (one for one in scores.keys() - without if scores[one] > least), key=lambda one: (-scores[one], one)
    )
    yield from (_another(other, mate, scores, loss, bonus) for other in better[:MOST_SHOWN])
    if len(better) > MOST_SHOWN:
        yield f"and {len(better) - MOST_SHOWN} more mentors with a higher score"


def _their_own(mentee: str, mate: str | None, scores: dict[str, int]) -> str:
    if mate is None:
        return f"{mentee} has no mentor; {len(scores)} would be allowed."
    place = 1 + sum(score > scores[mate] for score in scores.values())
    return f"{mentee} has {mate}: score {scores[mate]}, number {place} of {len(scores)} allowed mentors."


def _another(mentor: str, mate: str | None, scores: dict[str, int], loss: dict[str, int], bonus: int) -> str:
    if mentor == mate:
        return f"{mentor} is their mentor."
    if mentor not in scores:
        return f"{mentor}: the pair is not among the allowed ones."
    if not loss[mentor]:
        return f"{mentor}, score {scores[mentor]}: an equally good result may have this pair; the lot decided."
    if loss[mentor] >= bonus:
        return f"{mentor}, score {scores[mentor]}: with this pair one mentee fewer would have a mentor."
    return f"{mentor}, score {scores[mentor]}: with this pair the program would lose at least {loss[mentor]}."
