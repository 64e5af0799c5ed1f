"""What if the policy were another one: asked by a coordinator, computed beside the requests, told to nobody else."""

from dataclasses import asdict, replace
from datetime import datetime

import structlog

from chassis.db import Tx
from chassis.envelope import new_id
from chassis.running import Running
from contracts.event import PersonId
from contracts.matching import Policy, ProgramId
from services.matching.domain.run import RunState
from services.matching.domain.sentences import CannotRun
from services.matching.domain.what_if import Difference, WhatIf, WhatIfId
from services.matching.handlers.programs import managed
from services.matching.handlers.working import GIVEN_UP, MOST_ATTEMPTS, cohort_of, in_worker, work_on_next
from services.matching.progress import Board
from services.matching.store import what_ifs
from services.matching.worker import try_out

log = structlog.get_logger()
WHAT_IFS = "what-ifs"
"""The job that answers them."""


async def ask(
    tx: Tx, program_id: ProgramId, policy: Policy, *, by: PersonId, coordinator: PersonId | None, now: datetime
) -> WhatIf:
    """Stores the question; the job is woken when it is committed. One at a time per program."""
    program = await managed(tx, program_id, coordinator=coordinator)
    program.must_be_open()
    asked = WhatIf(new_id(), program_id, program.policy_version, policy, RunState.QUEUED, by, now)
    if not await what_ifs.queue(tx, asked):
        raise CannotRun("a what-if of this program is not finished yet; wait for it, then ask again")
    tx.after_commit(WHAT_IFS)
    return asked


async def compute_next(running: Running) -> bool:
    """A job: answers the oldest question that no other process is answering; False if there is none."""
    return await work_on_next(running, what_ifs.unfinished, _compute)


async def _compute(running: Running, what_if_id: WhatIfId) -> None:
    asked = await running.database.run(lambda tx: what_ifs.begin(tx, what_if_id))
    if asked is None:
        return
    if asked.attempts > MOST_ATTEMPTS:
        failed = replace(asked, state=RunState.FAILED, completed_at=running.clock.now(), problem=GIVEN_UP)
        await running.database.run(lambda tx: what_ifs.finish(tx, failed), repeatable=True)
        log.error("what_if.failed", what_if_id=str(what_if_id), attempts=asked.attempts)
        return
    version = asked.program_id, asked.policy_version
    cohort = await running.database.run(lambda tx: cohort_of(tx, *version), read_only=True)
    found: Difference = await in_worker(try_out, (cohort, asked.policy), Board())
    figures = {name: value for name, value in asdict(found).items() if name != "changes"}
    answered = replace(asked, state=RunState.COMPLETED, completed_at=running.clock.now(), result=figures)
    await running.database.run(lambda tx: what_ifs.finish(tx, answered, found.changes), repeatable=True)
    log.info("what_if.completed", what_if_id=str(what_if_id), changes=len(found.changes))
