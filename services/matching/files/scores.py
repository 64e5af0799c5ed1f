"""Your own scores and seats as a problem for the engine: `mentee_id,mentor_id,score` and `mentor_id,seats`."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from chassis.errors import Invalid
from services.matching.engine.memory import must_read
from services.matching.engine.problem import Ints, Problem, posed
from services.matching.files.tables import BadFile, Row, read_table, wrong_id

DECIMALS = 18
"""Digits after the point that are read; further ones are cut off."""
MOST_SEATS = 1_000_000
LONGEST_NUMBER = 10
HIGHEST_SCORE = 10**12


@dataclass
class Scores:
    """The rows of a file of scores, in its order."""

    seats: Mapping[str, int]
    mentees: dict[str, int] = field(default_factory=dict)
    mentors: dict[str, int] = field(default_factory=dict)
    mentee: array[int] = field(default_factory=lambda: array("q"))
    mentor: array[int] = field(default_factory=lambda: array("q"))
    line: array[int] = field(default_factory=lambda: array("q"))
    score: list[int] = field(default_factory=list)
    """In units of 10^-DECIMALS."""

    def take(self, line: int, row: Row) -> str | None:
        """Keeps a row, or says why it is wrong."""
        mentee, mentor, cell = row
        score = _score(cell)
        if reason := wrong_id(mentee, "mentee_id") or wrong_id(mentor, "mentor_id"):
            return reason
        if isinstance(score, str):
            return score
        if mentor not in self.seats:
            return f"the mentor `{mentor[:40]}` is not in the file of seats; add a line there, with 0 if there is none"
        self.mentee.append(self.mentees.setdefault(mentee, len(self.mentees)))
        self.mentor.append(self.mentors.setdefault(mentor, len(self.mentors)))
        self.line.append(line)
        self.score.append(score)
        return None


def read_scores(pairs: Path, seats: Path) -> tuple[Problem, int]:
    """The problem and the scale its scores were multiplied with.

    The scale is the smallest power of ten that makes all scores whole; if sums would not fit 64 bits, the largest
    that does, and scores are rounded half to even. Raises BadFile with lines and reasons.
    """
    must_read(_lines(pairs))
    free = _read_seats(seats)
    found = Scores(free)
    read_table(pairs, ("mentee_id", "mentor_id", "score"), found.take)
    mentees, mentors = sorted(found.mentees), sorted(free)
    mentor_at = {mentor: at for at, mentor in enumerate(mentors)}
    mentee_at = {mentee: at for at, mentee in enumerate(mentees)}
    mentee = np.array([mentee_at[one] for one in found.mentees], np.int64)[np.array(found.mentee, np.int64)]
    mentor = np.array([mentor_at[one] for one in found.mentors], np.int64)[np.array(found.mentor, np.int64)]
    order = np.lexsort((mentor, mentee))
    mentee, mentor = mentee[order], mentor[order]
    _no_doubles(pairs, mentee, mentor, np.array(found.line)[order])
    seats_in_order = [free[one] for one in mentors]
    for decimals in range(_decimals(found.score), -1, -1):
        with suppress(Invalid, OverflowError):
            score = np.array([_rounded(one, DECIMALS - decimals) for one in found.score], np.int64)[order]
            return posed(mentees, mentors, seats_in_order, mentee, mentor, score), 10**decimals
    raise BadFile(f"{pairs.name}: the scores are too large to be added up; divide them all by the same number")


def _lines(path: Path) -> int:
    """How many there are; none if the file cannot be read, which is told when it is."""
    with suppress(OSError), path.open("rb") as file:
        return sum(some.count(b"\n") for some in iter(lambda: file.read(2**20), b""))
    return 0


def _read_seats(path: Path) -> dict[str, int]:
    seats: dict[str, int] = {}

    def take(_line: int, row: Row) -> str | None:
        mentor, cell = row
        digits = cell.lstrip("0") or cell[:1]
        if not (cell.isascii() and cell.isdigit() and len(digits) < LONGEST_NUMBER and int(digits) <= MOST_SEATS):
            return f"`{cell[:40]}` is no number of seats: a whole number from 0 to {MOST_SEATS}"
        if mentor in seats:
            return f"the mentor `{mentor[:40]}` stands there twice; keep one line"
        seats[mentor] = int(digits)
        return wrong_id(mentor, "mentor_id")

    read_table(path, ("mentor_id", "seats"), take)
    return seats


def _score(cell: str) -> int | str:
    """The score in units of 10^-DECIMALS, or why it is none."""
    try:
        score = Decimal(cell)
    except InvalidOperation:
        return f"the score `{cell[:40]}` is no number; write it like 0.75"
    if not (score.is_finite() and 0 <= score <= HIGHEST_SCORE):
        return f"the score `{cell[:40]}` must be 0 or more, and {HIGHEST_SCORE} at most"
    return int(score.scaleb(DECIMALS))


def _decimals(scores: list[int]) -> int:
    """How many digits after the point are needed for all to be whole."""
    needed, one = 0, 10**DECIMALS
    for score in scores:
        while score * 10**needed % one:
            needed += 1
    return needed


def _rounded(score: int, digits: int) -> int:
    """The score without its last digits, rounded half to even."""
    unit = int(10**digits)
    whole, rest = divmod(score, unit)
    half = 2 * rest - unit
    return whole + 1 if half > 0 or (half == 0 and whole % 2) else whole


def _no_doubles(path: Path, mentee: Ints, mentor: Ints, line: Ints) -> None:
    again = np.flatnonzero((mentee[1:] == mentee[:-1]) & (mentor[1:] == mentor[:-1]))
    if len(again):
        first, second = sorted((int(line[again[0]]), int(line[again[0] + 1])))
        more = f" ({len(again)} such lines)" if len(again) > 1 else ""
        raise BadFile(f"{path.name}, line {second}: the same pair as in line {first}; keep one of them{more}")
