"""Asking the engine about two people, with the facts around them that the database knows."""

from collections.abc import Collection
from datetime import datetime

from chassis.db import Tx
from chassis.envelope import new_id
from contracts.event import PersonId
from contracts.matching import SCORE_SCALE, Origin, Policy, RunId
from services.matching.domain import deadlines, offers
from services.matching.domain.choice import NOTHING_CHOSEN, Chosen
from services.matching.domain.match import Fit
from services.matching.domain.person import Known
from services.matching.domain.program import Program
from services.matching.engine.frame import WEIGHT_SCALE, Frame, Pair, frame_of
from services.matching.engine.reasons import reasons
from services.matching.engine.score import score
from services.matching.store import people


async def frame_for(
    tx: Tx,
    policy: Policy,
    among: Collection[PersonId],
    *,
    tried: Collection[Pair] = (),
    forbidden: Collection[Pair] = (),
    chosen: Chosen = NOTHING_CHOSEN,
) -> Frame:
    """The frame of questions among these people."""
    return frame_of(
        policy,
        (),
        managers=await people.lines_of(tx, among),
        tried=tried,
        forbidden=forbidden,
        refused=chosen.refused,
        preferences=chosen.preferences,
    )


def fit_of(mentee: Known, mentor: Known, frame: Frame, *, version: int) -> Fit:
    """How well two people fit now, with reasons for each side."""
    points = score(mentee.person, mentor.person, frame)
    told = {side: reasons(points, mentee.person, mentor.person, frame, told_to=side) for side in ("mentee", "mentor")}
    completeness = points.completeness * SCORE_SCALE // WEIGHT_SCALE
    return Fit(version, points.points, points.parts, told["mentee"], told["mentor"], completeness)


def draft(
    program: Program,
    fit: Fit,
    mentee: Known,
    mentor: Known,
    *,
    origin: Origin,
    run_id: RunId | None = None,
    now: datetime,
) -> offers.Decided:
    """A new offer, with each side's deadline in their own working days; who asked has already accepted."""
    return offers.propose(
        new_id(),
        program.program_id,
        fit,
        mentee=deadlines.ask(mentee.profile, program.policy, now=now, accepted=origin == "request"),
        mentor=deadlines.ask(mentor.profile, program.policy, now=now),
        origin=origin,
        run_id=run_id,
        now=now,
    )
