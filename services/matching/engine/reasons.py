"""Why these two: two to four true sentences, the weightiest first, for the mentee or for the mentor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from contracts.matching import Reason
from services.matching.engine.sentences import MENTEE, MENTOR, listed, spoken
from services.matching.engine.terms import skill_fit
from services.matching.engine.hours import shared_minutes

if TYPE_CHECKING:
    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.score import Score

Side = Literal["mentee", "mentor"]
MOST_REASONS = 4


def reasons(
    score: Score, mentee: Person, mentor: Person, frame: Frame, *, told_to: Side = "mentee"
) -> tuple[Reason, ...]:
    """The reasons of an allowed pair. `facts` hold the skills, words, languages, hours that the text names."""
    raise NotImplementedError
