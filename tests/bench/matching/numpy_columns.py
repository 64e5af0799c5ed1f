"""One mentee's list as a careful user of NumPy would find it: columns of all mentors, no loop over them.

What a rule forbids falls out by a mask first, and only who is left is scored. Who teaches a skill or uses a word is
kept beside it. The numbers are those of `docs/matching.md`, to the last bit, without stated preferences and floor.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from contracts.matching import SCORE_SCALE
from services.matching.engine.frame import WEIGHT_SCALE, Frame
from services.matching.engine.hours import shared_minutes
from services.matching.engine.people import Person
from services.matching.engine.postings import Codes
from services.matching.engine.problem import Ints
from services.matching.engine.shortlist import lot
from services.matching.engine.terms import (
    ENOUGH_MINUTES,
    LEVEL_FIT,
    MENTEE_SHARE,
    MENTOR_SHARE,
    ONE,
    WIDEST_STYLE_GAP,
    best_language,
    seniority,
)

NONE = -1
LEVELS = 16
FIT = np.array(LEVEL_FIT, np.int64)
NOBODY = np.zeros(0, np.int64)


class Columns:
    """The mentors, once; who changes needs all of it anew."""

    def __init__(self, mentors: Sequence[Person], frame: Frame, prices: dict[str, int]) -> None:
        self.mentors, self._frame = mentors, frame
        self._hours, self._tongues, self._teams, self._asked = Codes(), Codes(), Codes(), Codes()
        self._hours_of = self._column(lambda one: self._hours[one.hours])
        self._tongues_of = self._column(lambda one: self._tongues[one.languages])
        self._team_of = self._column(lambda one: self._teams[one.team] if one.team else NONE)
        self._level_of = self._column(lambda one: one.level or 0)
        self._price_of = self._column(lambda one: prices.get(one.id, 0))
        self._aims_of, self._words_of = (
            self._column(lambda one: len(one.aims)),
            self._column(lambda one: len(one.words)),
        )
        self._style_of = _styles(mentors, self._asked)
        self._teachers = _lists(
            (skill, (at, *how)) for at, one in enumerate(mentors) for skill, how in one.teaches.items()
        )
        self._with_word = _lists((stem, (at,)) for at, one in enumerate(mentors) for stem in one.words)
        self._with_aim = _lists((stem, (at,)) for at, one in enumerate(mentors) for stem in one.aims)
        self._place = {mentor.id: at for at, mentor in enumerate(mentors)}
        self._closed = self._closed_to(frame.policy.rules.reporting_line_depth)
        self._rows: dict[Any, Ints] = {}

    def best(self, mentee: Person, limit: int) -> list[str]:
        """The mentors on the list."""
        minutes = self._row(self._hours, mentee.hours, lambda other: self._minutes(mentee, other))
        spoken = self._row(self._tongues, mentee.languages, lambda other: _spoken(mentee, other))
        possible = (minutes >= self._frame.least_minutes)[self._hours_of] & (spoken != NONE)[self._tongues_of]
        possible &= self._team_of != self._teams.get(mentee.team, -2)
        possible[[self._place[one] for one in self._closed[mentee.id] | mentee.avoid if one in self._place]] = False
        some = np.flatnonzero(possible)
        points, answered = self._points(mentee, some, minutes, spoken)
        enough = answered * WEIGHT_SCALE >= self._frame.least_completeness * self._frame.whole_weight
        worth, some = (points - self._price_of[some])[enough], some[enough]
        if len(worth) > limit:
            good = worth >= np.partition(worth, -limit)[-limit]
            worth, some = worth[good], some[good]
        both = sorted(zip((-worth).tolist(), (lot(mentee, self.mentors[at]) for at in some), some, strict=True))
        return [self.mentors[at].id for _, _, at in both[:limit]]

    def _points(self, mentee: Person, some: Ints, minutes: Ints, spoken: Ints) -> tuple[Ints, Ints]:
        levels = [seniority(mentee.level, level or None, self._frame) for level in range(LEVELS)]
        ahead = np.array([NONE if value is None else value for value in levels])
        nobody = np.full(len(some), NONE)
        parts = (
            self._need(mentee, some) if mentee.wants else nobody,
            self._goals(mentee, some) if mentee.aims else nobody,
            self._style(mentee, some),
            nobody,
            (np.minimum(minutes, ENOUGH_MINUTES) * ONE // ENOUGH_MINUTES)[self._hours_of[some]],
            spoken[self._tongues_of[some]],
            ahead[self._level_of[some]],
        )
        weighted, answered = np.zeros(len(some), np.int64), np.zeros(len(some), np.int64)
        for values, weight in zip(parts, self._frame.weights, strict=True):
            known = values != NONE
            weighted += np.where(known, values, 0) * weight
            answered += known * weight
        return weighted * SCORE_SCALE // np.maximum(answered * ONE, 1), answered

    def _need(self, mentee: Person, some: Ints) -> Ints:
        total, best = (np.zeros(len(self.mentors), np.int64) for _ in range(2))
        for skill, wished in mentee.wants.items():
            who, level, evidence = self._teachers.get(skill, (NOBODY,) * 3)
            gap = level - wished
            fit = np.where(gap >= 0, FIT[np.maximum(gap, 0)] * evidence // 100, 0)
            total[who] += fit
            best[who] = np.maximum(best[who], fit)
        return _both(total[some] // len(mentee.wants), best[some])

    def _goals(self, mentee: Person, some: Ints) -> Ints:
        aims, words = self._aims_of[some], self._words_of[some]
        heard, told = self._count(self._with_word, mentee.aims, some), self._count(self._with_aim, mentee.words, some)
        goals = np.minimum(2 * heard * ONE // len(mentee.aims), ONE)
        of_mentor = np.minimum(2 * told * ONE // np.maximum(aims, 1), ONE)
        return np.where(words > 0, np.where(aims > 0, _both(goals, of_mentor), goals), NONE)

    def _count(self, lists: dict[str, list[Ints]], stems: frozenset[str], some: Ints) -> Ints:
        found = [lists[stem][0] for stem in stems if stem in lists]
        return np.bincount(np.concatenate([NOBODY, *found]), minlength=len(self.mentors))[some]

    def _style(self, mentee: Person, some: Ints) -> Ints:
        most, gaps = np.zeros(len(some), np.int64), np.zeros(len(some), np.int64)
        for question, answer in mentee.style.items():
            if question in self._asked:
                theirs = self._style_of[self._asked[question]][some].astype(np.int64)
                most += (theirs > 0) * WIDEST_STYLE_GAP
                gaps += np.where(theirs > 0, np.abs(theirs - answer), 0)
        return np.where(most > 0, (most - gaps) * ONE // np.maximum(most, 1), NONE)

    def _minutes(self, mentee: Person, other: Any) -> int:
        return shared_minutes(mentee.hours, other, self._frame.week_of)

    def _row(self, codes: Codes, thing: Any, value: Callable[[Any], int]) -> Ints:
        """What each code is worth to a thing of the mentee's, found once."""
        if thing not in self._rows:
            self._rows[thing] = np.array([value(other) for other in codes], np.int64)
        return self._rows[thing]

    def _column(self, value: Callable[[Person], int]) -> Ints:
        return np.fromiter(map(value, self.mentors), np.int64)

    def _closed_to(self, depth: int) -> defaultdict[str, set[str]]:
        """Somebody → mentors in their line, those who avoid them, and themselves."""
        closed = defaultdict(set)
        for one in self.mentors:
            for other in (one.id, *one.avoid, *self._frame.reporting.above(one.id, depth)):
                closed[other].add(one.id)
        return closed


def _styles(mentors: Sequence[Person], asked: Codes) -> Any:
    """[questions, mentors] 0 where not answered."""
    for one in mentors:
        for question in one.style:
            asked[question]
    style = np.zeros((len(asked), len(mentors)), np.int8)
    for at, one in enumerate(mentors):
        for question, answer in one.style.items():
            style[asked[question], at] = answer
    return style


def _lists(entries: Any) -> dict[str, list[Ints]]:
    found = defaultdict(list)
    for thing, entry in entries:
        found[thing].append(entry)
    return {thing: list(np.array(rows, np.int64).T.copy()) for thing, rows in found.items()}


def _spoken(mentee: Person, other: Any) -> int:
    return (best_language(mentee.languages, other) or ("", NONE))[1]


def _both(of_mentee: Ints, of_mentor: Ints) -> Ints:
    return (MENTEE_SHARE * of_mentee + MENTOR_SHARE * of_mentor) // (MENTEE_SHARE + MENTOR_SHARE)
