"""Work beside the requests: letters to send, runs to compute. A job is woken after a commit and looks now and then."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from chassis import metrics
from chassis.db import pause

if TYPE_CHECKING:
    from chassis.running import Running

log = structlog.get_logger()


@dataclass(frozen=True)
class Job:
    """A piece of work. `work` does some of it and says whether there is more."""

    name: str
    work: "Callable[[Running], Awaitable[bool]]"
    every: float
    """Seconds between looks when nobody wakes it."""


def job(name: str, work: "Callable[[Running], Awaitable[bool]]", *, every: float = 1.0) -> Job:
    """`work` is called when woken (`tx.after_commit(name)`), at least `every` seconds, and again while it says True."""
    return Job(name, work, every)


async def run(job: Job, running: "Running") -> None:
    """Works for ever; after an error it waits, longer each time, and goes on."""
    failures = 0
    while True:
        try:
            more = await job.work(running)
            failures = 0
        except Exception as error:
            failures += 1
            metrics.JOBS_FAILED.labels(job.name).inc()
            log.exception("job.failed", job=job.name, failures=failures, exc_info=error)
            await running.bells[job.name].heard(timeout=10 * pause(failures))
            continue
        if not more:
            await running.bells[job.name].heard(timeout=job.every)
