"""What if the policy were another one: asked by a coordinator, computed beside the requests, told to nobody else."""

from dataclasses import asdict, replace
from datetime import datetime
from functools import partial

import structlog

from chassis.db import Tx
from chassis.envelope import new_id
from chassis.running import Running
from contracts.event import PersonId
from contracts.matching import Policy, ProgramId, RunId
from services.matching.domain import run as domain
from services.matching.domain.program import Program
from services.matching.domain.run import RunState
from services.matching.domain.sentences import CannotRun, NoSuchRun
from services.matching.domain.what_if import WhatIf, WhatIfId
from services.matching.handlers.following import unless_cancelled
from services.matching.handlers.programs import managed
from services.matching.handlers.working import GIVEN_UP, MOST_ATTEMPTS, cohort_of, in_worker, work_on_next
from services.matching.progress import Board
from services.matching.store import groups, populations, programs, runs, what_ifs
from services.matching.worker import Cohort, Replay, try_out

log = structlog.get_logger()
WHAT_IFS = "what-ifs"
"""The job that answers them."""
NOT_KEPT = "the population of this run is not stored (any more); leave out run_id to ask about the people as they are"


async def ask(
    tx: Tx,
    program_id: ProgramId,
    policy: Policy,
    *,
    run_id: RunId | None = None,
    by: PersonId,
    coordinator: PersonId | None,
    now: datetime,
) -> WhatIf:
    """Stores the question; the job is woken when it is committed. One at a time per program."""
    program = await managed(tx, program_id, coordinator=coordinator)
    version = await _version(tx, program, run_id)
    asked = WhatIf(new_id(), program_id, version, policy, RunState.QUEUED, by, now, run_id=run_id)
    if not await what_ifs.queue(tx, asked):
        raise CannotRun("a what-if of this program is not finished yet; wait for it or cancel it, then ask again")
    tx.after_commit(WHAT_IFS)
    return asked


async def _version(tx: Tx, program: Program, run_id: RunId | None) -> int:
    """The policy to compare with: that of the run, or the one there is. A closed program's runs can be run again."""
    if run_id is None:
        program.must_be_open()
        return program.policy_version
    run = await runs.find(tx, run_id)
    if run is None or run.program_id != program.program_id:
        raise NoSuchRun(f"there is no run {run_id} of this program")
    if run.state is not RunState.COMPLETED:
        raise CannotRun(f"this run is {run.state}; only one that is completed can be run again")
    if not await populations.is_kept(tx, run_id):
        raise CannotRun(NOT_KEPT)
    return run.policy_version


async def cancel(tx: Tx, asked: WhatIf, *, by: PersonId, now: datetime) -> WhatIf:
    """Ends a question that is not answered; whoever computes it stops within a second."""
    cancelled = domain.cancel(await what_ifs.lock(tx, asked.what_if_id) or asked, by=by, now=now)
    await what_ifs.give_up(tx, cancelled)
    return cancelled


async def compute_next(running: Running) -> bool:
    """A job: answers the oldest question that no other process is answering; False if there is none."""
    return await work_on_next(running, what_ifs.unfinished, _compute)


async def _compute(running: Running, what_if_id: WhatIfId) -> None:
    asked = await running.database.run(lambda tx: what_ifs.begin(tx, what_if_id))
    if asked is None:
        return
    people = await running.database.run(lambda tx: _people(tx, asked), read_only=True)
    if asked.attempts > MOST_ATTEMPTS or people is None:
        await _fail(running, asked, NOT_KEPT if people is None else GIVEN_UP)
        return
    board, advance = Board(), partial(what_ifs.advance, what_if_id=what_if_id)
    found = await unless_cancelled(running, in_worker(try_out, (people, asked.policy), board), board, advance)
    if found is None:
        log.info("what_if.stopped", what_if_id=str(what_if_id), why="cancelled")
        return
    figures = {name: value for name, value in asdict(found).items() if name != "changes"}
    if isinstance(people, Replay):
        figures |= {"lost": people.lost, "same_inputs": people.is_of(found.now["certificate"])}
    answered = replace(asked, state=RunState.COMPLETED, completed_at=running.clock.now(), result=figures)
    await running.database.run(lambda tx: what_ifs.finish(tx, answered, found.changes), repeatable=True)
    log.info("what_if.completed", what_if_id=str(what_if_id), changes=len(found.changes))


async def _people(tx: Tx, asked: WhatIf) -> Cohort | Replay | None:
    """Who is asked about: everybody as they are, or as the run had them; None if that is not stored any more."""
    if asked.run_id is None:
        return await cohort_of(tx, asked.program_id, asked.policy_version)
    run, stored = await runs.find(tx, asked.run_id), await populations.find(tx, asked.run_id)
    if run is None or run.certificate is None or stored is None:
        return None
    return Replay(
        policy=await programs.policy(tx, asked.program_id, asked.policy_version),
        policy_version=asked.policy_version,
        stored=stored,
        inputs_sha256=run.certificate["inputs_sha256"],
        groups=await groups.of_program(tx, asked.program_id),
    )


async def _fail(running: Running, asked: WhatIf, problem: str) -> None:
    failed = replace(asked, state=RunState.FAILED, completed_at=running.clock.now(), problem=problem)
    await running.database.run(lambda tx: what_ifs.finish(tx, failed), repeatable=True)
    log.error("what_if.failed", what_if_id=str(asked.what_if_id), attempts=asked.attempts)
