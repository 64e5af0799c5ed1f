"""What coordinators do with their tasks."""

from datetime import datetime

from chassis.db import Tx
from contracts.event import PersonId
from services.engagement.domain.task import Task, TaskId, finish
from services.engagement.store import tasks


async def finish_task(tx: Tx, task_id: TaskId, *, by: PersonId, now: datetime) -> Task:
    """A coordinator has looked at it."""
    task = finish(await tasks.lock_task(tx, task_id, by), by=by, now=now)
    await tasks.save_done(tx, task)
    return task
