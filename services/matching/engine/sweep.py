"""Some mentees against all mentors: each rule asked, each allowed pair scored, in compiled code.

It computes what `rules.broken_rule` and `score.points` define, from `columns`, to the last bit; they remain the judge
(tests/unit/test_engine_sweep.py). All numbers are whole: the result is the same on every machine. Mentors with the same
hours stand together, so that where hours are too few nothing else is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from contracts.matching import SCORE_SCALE
from services.matching.engine.between import NONE, RULES
from services.matching.engine.columns import LONGEST
from services.matching.engine.frame import WEIGHT_SCALE
from services.matching.engine.parts import (
    add,
    compiled,
    differ,
    goals,
    heard_by,
    look_up,
    near_by,
    need,
    note,
    paper,
    preference,
    rounded_down,
    style,
    told_by,
)
from services.matching.engine.rules import Rule
from services.matching.engine.terms import ONE

if TYPE_CHECKING:
    from services.matching.engine.columns import Columns
    from services.matching.engine.parts import Noted, Products, Sums
    from services.matching.engine.postings import Places
    from services.matching.engine.problem import Ints

SAME_PERSON, NO_LANGUAGE, SAME_TEAM, OVERLAP, COMPLETENESS, BELOW_FLOOR = map(
    RULES.index,
    (Rule.SAME_PERSON, Rule.LANGUAGE, Rule.SAME_TEAM, Rule.OVERLAP, Rule.COMPLETENESS, Rule.BELOW_FLOOR),
)
OF_ONE = SCORE_SCALE // ONE
"""Exact: score = weighted · SCORE_SCALE // (weights · ONE) = weighted · OF_ONE // weights."""
BRIDGED = 64
"""Mentors."""


@compiled
def sweep(c: Columns, place: Places, who: Ints, alike: Products, start: Ints, mentor: Places, score: Ints) -> int:
    """Writes the allowed pairs of the mentees `who`, each one's from `start` on, and gives their number.

    `place`: of each mentor of the columns, where they stand among the mentors that are told. `alike`: [who, mentors of
    the columns] the product of what their goals mean, or without numbers where nothing is known of it.
    """
    scores, found = np.full(len(place), NONE, np.int32), 0
    for row in range(len(who)):
        start[row] = found
        if c.mentees.takes_part[who[row]]:
            _score_all(c, place, who[row], alike[row], scores)
            for at in range(len(scores)):
                mentor[found], score[found] = at, scores[at]
                found += scores[at] != NONE
                scores[at] = NONE
    start[len(who)] = found
    return found


@compiled
def _score_all(c: Columns, place: Places, mentee: int, alike: Products, scores: Places) -> None:
    """Writes the score of each allowed pair to the mentor's place."""
    noted, points, spoken = paper(LONGEST), np.empty(LONGEST, np.int32), np.empty(LONGEST, np.int32)
    answered, minutes, end = np.empty(LONGEST, np.float64), c.minutes[c.mentees.hours[mentee]], 0
    while True:
        begin, end = _next(c.runs, minutes, c.mentors.hours, c.limits[0], end)
        if begin == end:
            break
        run = end - begin
        score_some(c, mentee, begin, end, alike[begin:end], noted, spoken[:run], points[:run], answered[:run])
        _rule(c, mentee, begin, end, spoken[:run], answered[:run], points[:run])
        _bridge(minutes, c.mentors.hours[begin:end], c.limits[0], points[:run])
        _put(points[:run], place[begin:end], scores)
    for at in range(c.blocked.start[mentee], c.blocked.start[mentee + 1]):
        scores[place[c.blocked.who[at]]] = NONE


@compiled
def _next(runs: Ints, minutes: Places, hours: Places, least: int, after: int) -> tuple[int, int]:
    """The next mentors who stand together and work together long enough with the mentee, LONGEST at most.

    A few who do not are taken along: to begin anew would cost more.
    """
    run = np.searchsorted(runs, after)
    while run < len(runs) - 1 and minutes[hours[runs[run]]] < least:
        run += 1
    begin, end = runs[run], runs[run]
    while run < len(runs) - 1 and runs[run + 1] - begin <= LONGEST and runs[run] - end <= BRIDGED:
        run += 1
        if minutes[hours[runs[run] - 1]] >= least:
            end = runs[run]
    return begin, end


@compiled
def score_some(
    c: Columns,
    mentee: int,
    begin: int,
    end: int,
    alike: Products,
    noted: Noted,
    spoken: Places,
    points: Places,
    answered: Sums,
) -> None:
    """The points of the mentors from `begin` to before `end`, the weight of what is answered, and their languages."""
    me, they, weighted, values = c.mentees, c.mentors, np.zeros(end - begin), np.empty(end - begin, np.int32)
    note(c, mentee, begin, end, noted)
    wishes = c.wishes.start[mentee + 1] - c.wishes.start[mentee]
    answered[:] = float(c.weights[0] if wishes else 0)
    need(noted.served, noted.best, wishes, float(c.weights[0]), weighted)
    if me.aims[mentee]:
        _goals(c, mentee, begin, end, alike, noted, weighted, answered)
    _style(c, mentee, begin, end, weighted, answered)
    if c.limits[3]:
        preference(noted.stated, me.chose[mentee], they.chose[begin:end], float(c.weights[3]), weighted, answered)
    look_up(c.worked[me.hours[mentee]], they.hours[begin:end], values)
    add(values, float(c.weights[4]), weighted, answered)
    look_up(c.language[me.tongues[mentee]], they.tongues[begin:end], spoken)
    add(spoken, float(c.weights[5]), weighted, answered)
    look_up(c.seniority[me.level[mentee]], they.level[begin:end], values)
    add(values, float(c.weights[6]), weighted, answered)
    for at in range(len(points)):
        points[at] = rounded_down(weighted[at] * OF_ONE, 1.0 / max(answered[at], 1.0))


@compiled
def _goals(
    c: Columns, mentee: int, begin: int, end: int, alike: Products, noted: Noted, weighted: Sums, answered: Sums
) -> None:
    mine, theirs = np.zeros(end - begin, np.int32), c.mentors.aims[begin:end]
    if len(alike):
        near_by(alike, mine)
    their = mine.copy()
    heard_by(noted.heard, c.mentees.aims[mentee], mine)
    told_by(noted.told, c.mentors.per_aim[begin:end], their)
    goals(mine, their, theirs, c.mentors.words[begin:end], float(c.weights[1]), weighted, answered)


@compiled
def _style(c: Columns, mentee: int, begin: int, end: int, weighted: Sums, answered: Sums) -> None:
    asked, gaps = np.zeros(end - begin, np.int16), np.zeros(end - begin, np.int16)
    for question in range(len(c.mentees.style)):
        if c.mentees.style[question, mentee]:
            differ(c.mentees.style[question, mentee], c.mentors.style[question, begin:end], asked, gaps)
    style(asked, gaps, float(c.weights[2]), weighted, answered)


@compiled
def _rule(c: Columns, mentee: int, begin: int, end: int, spoken: Places, answered: Sums, points: Places) -> None:
    """Takes the points from each pair that a rule forbids, but for the rules about hours and about single pairs."""
    team, other, taking = c.mentees.team[mentee], c.mentors.team[begin:end], c.mentors.takes_part[begin:end]
    apart, enough, floor = team != NONE and not c.limits[2], float(c.limits[1]), c.limits[4]
    for at in range(len(points)):
        meet = (spoken[at] != NONE) & taking[at]
        known = (answered[at] * WEIGHT_SCALE >= enough) & (points[at] >= floor)
        points[at] = points[at] if meet & known else NONE
    if apart:
        for at in range(len(points)):
            points[at] = NONE if other[at] == team else points[at]


@compiled
def _bridge(minutes: Places, hours: Places, least: int, points: Places) -> None:
    """Takes the points from those who were only taken along."""
    at = 0
    while at < len(points):
        kind, begin = hours[at], at
        while at < len(points) and hours[at] == kind:
            at += 1
        if minutes[kind] < least:
            points[begin:at] = NONE


@compiled
def _put(points: Places, place: Places, scores: Places) -> None:
    for at in range(len(points)):
        scores[place[at]] = points[at]


@compiled
def broken(c: Columns, mentee: int) -> Ints:
    """[rules] of how many mentors each rule is the first that forbids them, for somebody whom none of them may mentor.

    All take part: who does not is asked about by the reference. Whom no rule before the floor forbids is below the
    floor.
    """
    counts, rules = np.zeros(len(RULES), np.int64), np.full(len(c.mentors.level), NONE)
    for at in range(c.blocked.start[mentee], c.blocked.start[mentee + 1]):
        rules[c.blocked.who[at]] = c.blocked.what[at, 0]
    points, answered, noted = np.empty(LONGEST, np.int32), np.empty(LONGEST, np.float64), paper(LONGEST)
    spoken, nothing = np.empty(LONGEST, np.int32), np.zeros(0, np.float32)
    for at in range(len(c.runs) - 1):
        begin, end = c.runs[at], c.runs[at + 1]
        run = end - begin
        score_some(c, mentee, begin, end, nothing, noted, spoken[:run], points[:run], answered[:run])
        for mentor in range(begin, end):
            enough = answered[mentor - begin] * WEIGHT_SCALE >= c.limits[1]
            counts[_first(c, mentee, mentor, rules[mentor], enough)] += 1
    return counts


@compiled
def _first(c: Columns, mentee: int, mentor: int, blocked: int, enough: bool) -> int:
    """The first rule that forbids the pair; that it is allowed is not asked."""
    if blocked == SAME_PERSON:
        return SAME_PERSON
    if c.language[c.mentees.tongues[mentee], c.mentors.tongues[mentor]] == NONE:
        return NO_LANGUAGE
    if c.mentees.team[mentee] != NONE and c.mentees.team[mentee] == c.mentors.team[mentor] and not c.limits[2]:
        return SAME_TEAM
    if blocked != NONE:
        return blocked
    if c.minutes[c.mentees.hours[mentee], c.mentors.hours[mentor]] < c.limits[0]:
        return OVERLAP
    return BELOW_FLOOR if enough else COMPLETENESS
