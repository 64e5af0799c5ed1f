"""Releasing the offers of a run: what still holds is offered, the rest is told with its reason."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import MatchId
from services.matching.domain import offers
from services.matching.domain.choice import chosen
from services.matching.domain.person import Known
from services.matching.domain.program import Program
from services.matching.domain.ruling import Verdict
from services.matching.domain.run import Pair, Run, RunState
from services.matching.domain.sentences import CannotRun
from services.matching.engine.frame import Frame
from services.matching.engine.rules import SENTENCES, broken_rule
from services.matching.handlers import fitting, saving
from services.matching.handlers.programs import managed
from services.matching.store import choices, pairs, people, programs, rulings, runs, seats, standing

PAIRS_AT_ONCE = 200


@dataclass
class Moment:
    """What holds while offers are released: the people are locked, so only we change it."""

    program: Program
    run: Run
    here: dict[PersonId, Known]
    free: dict[PersonId, int]
    engaged: set[PersonId]
    frame: Frame


async def release_offers(tx: Tx, run: Run, *, coordinator: PersonId | None, now: datetime) -> Run:
    """Offers the pairs of a run. A second time gives the same answer and offers nobody again."""
    program = await managed(tx, run.program_id, coordinator=coordinator)
    run = await runs.lock(tx, run.run_id) or run
    if run.released_at is not None:
        return run
    if run.state is not RunState.COMPLETED:
        raise CannotRun(f"this run is {run.state}; its offers can be released once it is completed")
    program.must_be_open()
    found = await pairs.all_of(tx, run.run_id)
    moment = await _moment(tx, program, run, found)
    for start in range(0, len(found), PAIRS_AT_ONCE):
        await _release(tx, moment, found[start : start + PAIRS_AT_ONCE], now=now)
    run = replace(run, released_at=now)
    await runs.update(tx, run)
    return run


async def _moment(tx: Tx, program: Program, run: Run, found: Sequence[Pair]) -> Moment:
    ids = {person for pair in found for person in (pair.mentee_id, pair.mentor_id)}
    await people.lock(tx, ids)
    # The pairs were made under the run's version of the policy, and are offered under it.
    policy = await programs.policy(tx, program.program_id, run.policy_version)
    tried = await standing.tried(tx, program.program_id)
    forbidden = await rulings.pairs(tx, program.program_id, Verdict.FORBIDDEN)
    said = chosen(await choices.of(tx, program.program_id))
    taken = await seats.of(tx, {pair.mentor_id for pair in found})
    return Moment(
        program=replace(program, policy=policy, policy_version=run.policy_version),
        run=run,
        here=await people.known(tx, ids),
        free={mentor: of.free for mentor, of in taken.items()},
        engaged=await standing.engaged(tx, program.program_id),
        frame=await fitting.frame_for(tx, policy, ids, tried=tried, forbidden=forbidden, chosen=said),
    )


async def _release(tx: Tx, moment: Moment, some: Sequence[Pair], *, now: datetime) -> None:
    # Deadlines of many people are worked out beside the event loop, so that requests go on.
    decided, became = await asyncio.to_thread(_decide, moment, some, now)
    await saving.save_new(tx, decided, now=now)
    await pairs.released(tx, moment.run.run_id, became)


def _decide(
    moment: Moment, some: Sequence[Pair], now: datetime
) -> tuple[list[offers.Decided], dict[PersonId, MatchId | str]]:
    """New offers for the pairs that still hold; for each mentee the offer, or why there is none."""
    decided: list[offers.Decided] = []
    became: dict[PersonId, MatchId | str] = {}
    for pair in some:
        why = _why_skipped(moment, pair)
        if why is None:
            decided.append(_offer(moment, pair, now))
            moment.free[pair.mentor_id] -= 1
        became[pair.mentee_id] = why or decided[-1][0].match_id
    return decided, became


def _why_skipped(moment: Moment, pair: Pair) -> str | None:
    if pair.mentee_id in moment.engaged:
        return "The mentee has a mentor or an open offer in this program by now."
    mentee, mentor = moment.here.get(pair.mentee_id), moment.here.get(pair.mentor_id)
    if mentee is None or mentor is None:
        return "One of the two has left."
    free = moment.free[pair.mentor_id]
    broken = broken_rule(mentee.person, mentor.person, moment.frame, free)
    return SENTENCES[broken] if broken else None


def _offer(moment: Moment, pair: Pair, now: datetime) -> offers.Decided:
    mentee, mentor = moment.here[pair.mentee_id], moment.here[pair.mentor_id]
    fitted = fitting.fit_of(mentee, mentor, moment.frame, version=moment.run.policy_version)
    fit = replace(pair.fit, reasons_for_mentor=fitted.reasons_for_mentor, completeness=fitted.completeness)
    return fitting.draft(moment.program, fit, mentee, mentor, origin="run", run_id=moment.run.run_id, now=now)
