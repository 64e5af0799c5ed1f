"""`assign` on people's own scores, as large as a division, held against SciPy's assignment: coverage, then score."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from tests.unit.test_matching_files import call


def instance(folder: Path, mentees: int, mentors: int, *, seats_per_mentee: float, most: int) -> tuple[Path, Path]:
    """Each mentee may have fifty mentors, popular ones more often; with a small `most` nearly all are worth as much."""
    luck = np.random.default_rng(mentees + most)
    popular = (mentors * luck.random((mentees, 50)) ** 2).astype(int)
    scores = luck.integers(0, most + 1, popular.shape)
    lines = {(a, b): scores[a, at] for a in range(mentees) for at, b in enumerate(popular[a])}
    rows = "".join(f"a{a:05d},b{b:05d},{score / 10}\n" for (a, b), score in lines.items())
    (folder / "pairs.csv").write_text("mentee_id,mentor_id,score\n" + rows)
    seats = np.bincount(luck.integers(0, mentors, int(seats_per_mentee * mentees)), minlength=mentors)
    rows = "".join(f"b{b:05d},{free}\n" for b, free in enumerate(seats))
    (folder / "seats.csv").write_text("mentor_id,seats\n" + rows)
    return folder / "pairs.csv", folder / "seats.csv"


def best_of_scipy(pairs: Path, seats: Path) -> tuple[int, int]:
    """The most pairs, and the highest total score of that many, in tenths: each seat is a column."""
    free = {mentor: int(count) for mentor, count in (line.split(",") for line in seats.read_text().split()[1:])}
    first = dict(zip(free, np.cumsum([0, *free.values()]).tolist(), strict=False))
    rows = [line.split(",") for line in pairs.read_text().split()[1:]]
    mentees = {mentee: at for at, mentee in enumerate(dict.fromkeys(row[0] for row in rows))}
    bonus = 10_000_000
    worth = np.zeros((len(mentees), sum(free.values())))
    for mentee, mentor, score in rows:
        worth[mentees[mentee], first[mentor] : first[mentor] + free[mentor]] = bonus + round(float(score) * 10)
    total = int(worth[linear_sum_assignment(worth, maximize=True)].sum())
    return total // bonus, total % bonus


@pytest.mark.parametrize(
    ("mentees", "mentors", "seats_per_mentee", "most"),
    [(800, 500, 1.1, 1_000), (800, 500, 0.9, 3), (800, 500, 1.0, 0), (5_000, 3_000, 0.9, 3)],
)
def test_assign_finds_what_scipy_finds_and_verify_agrees(tmp_path: Path, mentees, mentors, seats_per_mentee, most):
    pairs, seats = instance(tmp_path, mentees, mentors, seats_per_mentee=seats_per_mentee, most=most)
    assert call("assign", "--pairs", pairs, "--seats", seats, "--out", tmp_path / "RUN").exit_code == 0
    told = json.loads((tmp_path / "RUN" / "certificate.json").read_text())
    scale = told["scale"] // 10 if told["scale"] > 1 else 1
    assert (told["matched"], told["score"] // scale) == best_of_scipy(pairs, seats)
    assert told["gap_ppm"] == 0
    assert call("verify", tmp_path / "RUN").exit_code == 0
