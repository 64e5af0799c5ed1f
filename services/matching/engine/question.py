"""One mentee's question as tables: what each thing that a mentor has would be worth to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.frame import PARTS
from services.matching.engine.growing import Numbers
from services.matching.engine.problem import Ints
from services.matching.engine.roster import NONE, bits
from services.matching.engine.terms import both, seniority, skill_fit, stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.roster import Roster

LEVELS = 16
AIM, WORD = 1, 2
TEAMLESS = -2
"""Nobody's team."""
NEED, GOALS, STYLE, PREFERENCE, HOURS, LANGUAGE, SENIORITY = range(len(PARTS))


class Question(NamedTuple):
    """The mentee and the policy. Tables are by the codes of the roster."""

    hours: Ints
    tongues: Ints
    seniority: Ints
    """Value times weight: of each code of hours and languages, of each level; NONE where a rule forbids the pair, or a
    level is unknown."""
    served: Numbers
    """[offers] how well a skill of that level and evidence serves a wish."""
    wishes: int
    wish_bits: int
    gaps: Numbers
    """[answers] how far it is from their own; NONE if they were not asked, or did not answer."""
    style: int
    """How many questions they answered."""
    stems: NDArray[np.int8]
    """[stems] AIM and WORD where it is among theirs."""
    aims: int
    preference: NDArray[np.int16]
    """[slots] what both stated about each other, NONE where nobody did; no numbers at all if nobody stated anything."""
    team: int
    """TEAMLESS if none forbids a mentor."""
    person: int
    depth: int
    """In `Lines`, and how many levels up or down forbid the pair."""
    barred: NDArray[np.bool_]
    """[slots] whoever is forbidden by name."""
    weights: Ints
    least_answered: int
    """Weight that a pair must answer at least, times WEIGHT_SCALE."""
    least_score: int


def question(mentee: Person, roster: Roster, frame: Frame, forbidden: Iterable[str]) -> Question:
    """What this mentee asks; `forbidden`: mentors who were ruled out, refused or tried."""
    rules, known = frame.policy.rules, {roster.skills[skill] for skill in mentee.wants if skill in roster.skills}
    marks = {stem: AIM * (stem in mentee.aims) + WORD * (stem in mentee.words) for stem in mentee.aims | mentee.words}
    barred = {mentee.id, *forbidden, *mentee.avoid, *roster.avoiding.get(mentee.id, ())}
    return Question(
        hours=roster.hours.row(mentee.hours),
        tongues=roster.tongues.row(mentee.languages),
        seniority=_by_level(mentee, frame),
        served=_served(mentee, roster),
        wishes=len(mentee.wants),
        wish_bits=bits(known),
        gaps=_gaps(mentee, roster),
        style=len(mentee.style),
        stems=_table(roster.stems, marks, np.int8),
        aims=len(mentee.aims),
        preference=_preferences(mentee, roster, frame),
        team=TEAMLESS if rules.same_team or not mentee.team else roster.teams.get(mentee.team, TEAMLESS),
        person=roster.lines.number(mentee.id),
        depth=rules.reporting_line_depth,
        barred=_table(roster.place, dict.fromkeys(barred, True), np.bool_, size=roster.size),
        weights=np.array(frame.weights, np.int64),
        least_answered=frame.least_completeness * frame.whole_weight,
        least_score=frame.least_score,
    )


def _served(mentee: Person, roster: Roster) -> Numbers:
    served = np.zeros(len(roster.offers), np.int32)
    for skill, wished in mentee.wants.items():
        for how, code in roster.offers.of.get(skill, {}).items():
            served[code] = skill_fit(wished, *how)
    return served


def _gaps(mentee: Person, roster: Roster) -> Numbers:
    gaps = np.full(len(roster.answers), NONE, np.int32)
    for asked, own in mentee.style.items():
        for answer, code in roster.answers.of.get(asked, {}).items():
            gaps[code] = abs(own - answer)
    return gaps


def _by_level(mentee: Person, frame: Frame) -> Ints:
    values = [seniority(mentee.level, level or None, frame) for level in range(LEVELS)]
    weight = frame.weights[SENIORITY]
    return np.array([NONE if value is None else value * weight for value in values], np.int64)


def _preferences(mentee: Person, roster: Roster, frame: Frame) -> NDArray[np.int16]:
    """Whoever named nobody, and was not named by the mentee, has what all others have."""
    named = frame.choosers | {about for who, about in frame.preferences if who == mentee.id}
    values = {
        mentor: both(stated(mentee.id, mentor, frame), stated(mentor, mentee.id, frame))
        for mentor in named
        if mentor in roster.place
    }
    others = 0 if mentee.id in frame.choosers else NONE
    told = {mentor: NONE if value is None else value for mentor, value in values.items()}
    return _table(roster.place, told, np.int16, otherwise=others, size=roster.size if frame.preferences else 0)


def _table(
    places: Mapping[str, int],
    values: Mapping[str, int],
    kind: type[np.generic],
    *,
    otherwise: int = 0,
    size: int | None = None,
) -> NDArray[Any]:
    """The values at their places; what no mentor has needs none."""
    table = np.full(len(places) if size is None else size, otherwise, kind)
    for thing, value in values.items():
        place = places.get(thing)
        if place is not None:
            table[place] = value
    return table
