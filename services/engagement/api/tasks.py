"""What coordinators should look at."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from chassis.db import Tx
from chassis.http import Asked, Call, Page, allow, problems
from services.engagement.api.views import TaskView, task_view
from services.engagement.handlers import tasks as handlers
from services.engagement.store import tasks

router = APIRouter(tags=["tasks"])
Coordinating = Annotated[Call, allow("coordinator")]


@router.get("/tasks", responses=problems(422))
async def list_tasks(call: Coordinating, paging: Asked, *, done: bool = False) -> Page[TaskView]:
    """Tasks in your programs, the oldest first; open ones unless `done` is asked for."""
    found = await call.read(
        lambda tx: tasks.tasks_of(
            tx, call.caller.subject, done=done, after=paging.after(datetime, UUID), limit=paging.limit + 1
        )
    )
    page = paging.page(found, lambda task: (task.created_at, task.id))
    return Page(items=[task_view(task) for task in page.items], next=page.next)


@router.post("/tasks/{task_id}/done", responses=problems(404, 409))
async def finish_task(task_id: UUID, call: Coordinating) -> TaskView:
    """Notes that you have looked at it."""

    async def work(tx: Tx) -> TaskView:
        return task_view(await handlers.finish_task(tx, task_id, by=call.caller.subject, now=call.now))

    return await call.change(work)
