"""The hard rules: a pair that breaks one is never proposed, however well it would score."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from services.matching.engine.frame import WEIGHT_SCALE
from services.matching.engine.hours import shared_minutes
from services.matching.engine.score import points
from services.matching.engine.terms import answered_weight, best_language, terms

if TYPE_CHECKING:
    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person


class Rule(StrEnum):
    """The hard rules, in the order in which they are asked; the first that is broken is named."""

    SAME_PERSON = "same-person"
    NOT_IN_PROGRAM = "not-in-program"
    NOT_WILLING = "not-willing"
    NO_SEAT = "no-seat"
    LANGUAGE = "language"
    SAME_TEAM = "same-team"
    REPORTING_LINE = "reporting-line"
    AVOID = "avoid"
    FORBIDDEN = "forbidden"
    REFUSED = "refused"
    TRIED_BEFORE = "tried-before"
    OVERLAP = "overlap"
    COMPLETENESS = "completeness"
    BELOW_FLOOR = "below-floor"


SENTENCES = {
    Rule.SAME_PERSON: "Nobody mentors themselves.",
    Rule.NOT_IN_PROGRAM: "One of the two is not in this program.",
    Rule.NOT_WILLING: "This person does not take part as a mentor.",
    Rule.NO_SEAT: "This mentor has no free seat.",
    Rule.LANGUAGE: "The two share no language.",
    Rule.SAME_TEAM: "The two are in the same team.",
    Rule.REPORTING_LINE: "The two are in each other's reporting line.",
    Rule.AVOID: "These two cannot be paired.",
    Rule.FORBIDDEN: "A coordinator ruled this pair out.",
    Rule.REFUSED: "These two cannot be paired.",
    Rule.TRIED_BEFORE: "These two were already proposed to each other in this program.",
    Rule.OVERLAP: "The working hours of the two overlap too little.",
    Rule.COMPLETENESS: "Too little is known about the two to say whether they fit.",
    Rule.BELOW_FLOOR: "The two fit less well than this program asks for.",
}
"""What a broken rule means, so that anybody may read it: it never says who avoids or refused whom."""
TOLD_AS = {Rule.REFUSED: Rule.AVOID}
"""Which rule others than the mentee are told instead."""


def broken_rule(mentee: Person, mentor: Person, frame: Frame, free_seats: int | None = None) -> Rule | None:
    """The first rule that forbids the pair, or None. `free_seats` None leaves the seats out of it."""
    if mentee.id == mentor.id:
        return Rule.SAME_PERSON
    return (
        _not_taking_part(mentee, mentor, frame)
        or (Rule.NO_SEAT if free_seats is not None and free_seats < 1 else None)
        or _too_close_or_strange(mentee, mentor, frame)
        or _ruled_out(mentee, mentor, frame)
        or _too_little(mentee, mentor, frame)
    )


def in_program(person: Person, frame: Frame) -> bool:
    """Whether the program is open to this person's job family."""
    return not frame.functions or person.function in frame.functions


def _not_taking_part(mentee: Person, mentor: Person, frame: Frame) -> Rule | None:
    if "mentee" not in mentee.roles:
        return Rule.NOT_IN_PROGRAM
    if not in_program(mentee, frame) or not in_program(mentor, frame):
        return Rule.NOT_IN_PROGRAM
    return None if "mentor" in mentor.roles else Rule.NOT_WILLING


def _too_close_or_strange(mentee: Person, mentor: Person, frame: Frame) -> Rule | None:
    rules = frame.policy.rules
    if best_language(mentee.languages, mentor.languages) is None:
        return Rule.LANGUAGE
    if mentee.team and mentee.team == mentor.team and not rules.same_team:
        return Rule.SAME_TEAM
    if frame.reporting.in_line(mentee.id, mentor.id, rules.reporting_line_depth):
        return Rule.REPORTING_LINE
    return None


def _ruled_out(mentee: Person, mentor: Person, frame: Frame) -> Rule | None:
    if mentor.id in mentee.avoid or mentee.id in mentor.avoid:
        return Rule.AVOID
    pair = (mentee.id, mentor.id)
    if pair in frame.forbidden:
        return Rule.FORBIDDEN
    if pair in frame.refused:
        return Rule.REFUSED
    return Rule.TRIED_BEFORE if pair in frame.tried else None


def _too_little(mentee: Person, mentor: Person, frame: Frame) -> Rule | None:
    if shared_minutes(mentee.hours, mentor.hours, frame.week_of) < frame.least_minutes:
        return Rule.OVERLAP
    answered = answered_weight(mentee, mentor, frame)
    enough = answered * WEIGHT_SCALE >= frame.least_completeness * frame.whole_weight
    if not enough:
        return Rule.COMPLETENESS
    # Scoring costs most of all, so a program without a floor is spared it.
    below = frame.least_score and points(terms(mentee, mentor, frame), frame) < frame.least_score
    return Rule.BELOW_FLOOR if below else None
