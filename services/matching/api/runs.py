"""Cohort runs: asked for, looked at, and released by coordinators and administrators."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from fastapi import APIRouter

from chassis.db import Tx
from chassis.http import Asked, Call, Page, Paging, problems
from contracts.event import PersonId
from contracts.matching import ProgramId, RunId
from services.matching.api.programs import Manager, coordinator_of
from services.matching.api.views.reports import ReportView
from services.matching.api.views.runs import MentorView, PairView, ReleaseView, RunView, UnmatchedView
from services.matching.domain.run import Run, RunState
from services.matching.domain.sentences import CannotRun, NoSuchRun
from services.matching.handlers import release
from services.matching.handlers import runs as handlers
from services.matching.store import pairs, proof
from services.matching.store import runs as store

router = APIRouter(tags=["runs"])
Found = TypeVar("Found")
View = TypeVar("View")


@router.post("/programs/{program_id}/runs", status_code=202, responses=problems(404, 409))
async def start_run(program_id: ProgramId, call: Manager) -> RunView:
    """Asks for the best matching of everybody in the program. Look at `GET /v1/runs/{id}` for the answer."""
    by, coordinator = call.caller.subject, coordinator_of(call) is not None

    async def work(tx: Tx) -> RunView:
        run = await handlers.ask_for_run(tx, program_id, by=by, coordinator=coordinator, now=call.now)
        return RunView.of(run)

    return await call.change(work)


@router.get("/runs/{run_id}", responses=problems(404))
async def read_run(run_id: RunId, call: Manager) -> RunView:
    """How far a run is, and its figures once it is completed."""
    return RunView.of(await call.read(lambda tx: _visible(tx, run_id, call)))


@router.post("/runs/{run_id}/cancel", responses=problems(404, 409))
async def cancel_run(run_id: RunId, call: Manager) -> RunView:
    """Ends a run that is not finished; it has no result then. Cancelling twice is the same as once."""

    async def work(tx: Tx) -> RunView:
        run = await _visible(tx, run_id, call)
        return RunView.of(await handlers.cancel(tx, run, by=call.caller.subject, now=call.now))

    return await call.change(work)


@router.get("/runs/{run_id}/certificate", responses=problems(404, 409))
async def read_certificate(run_id: RunId, call: Manager) -> dict[str, int | float | str]:
    """The proof: bounds that hold for every possible matching of these people."""
    run = await call.read(lambda tx: _visible(tx, run_id, call))
    return _completed(run).certificate or {}


@router.get("/runs/{run_id}/pairs", responses=problems(404, 409))
async def list_pairs(run_id: RunId, call: Manager, asked: Asked) -> Page[PairView]:
    """The pairs of a run, by mentee."""
    return await _page(run_id, call, asked, pairs.page, PairView.of, lambda view: view.mentee_id)


@router.get("/runs/{run_id}/unmatched", responses=problems(404, 409))
async def list_unmatched(run_id: RunId, call: Manager, asked: Asked) -> Page[UnmatchedView]:
    """Mentees whom the run found nobody for, and why."""
    return await _page(run_id, call, asked, pairs.unmatched_page, UnmatchedView.of, lambda view: view.mentee_id)


@router.get("/runs/{run_id}/mentors", responses=problems(404, 409))
async def list_mentors(run_id: RunId, call: Manager, asked: Asked) -> Page[MentorView]:
    """The mentors of a run: how many of their seats it fills, and what one more would be worth."""
    return await _page(run_id, call, asked, proof.prices_page, MentorView.of, lambda view: view.mentor_id)


@router.get("/runs/{run_id}/report", responses=problems(404, 409))
async def read_report(run_id: RunId, call: Manager) -> ReportView:
    """Who was served, which skills are short, and how stable the result is: to look at before offers go out."""
    run = _completed(await call.read(lambda tx: _visible(tx, run_id, call)))
    if run.report is None:
        raise CannotRun("this run was computed by a release that wrote no reports; ask for a run again")
    return ReportView.of(run, run.report)


@router.post("/runs/{run_id}/offers", responses=problems(404, 409))
async def release_offers(run_id: RunId, call: Manager) -> ReleaseView:
    """Asks the pairs of a run. Rules and seats are looked at once more; what no longer holds is skipped and named.

    Releasing twice gives the same answer and asks nobody again.
    """

    async def work(tx: Tx) -> ReleaseView:
        run = await _visible(tx, run_id, call)
        released = await release.release_offers(tx, run, coordinator=coordinator_of(call), now=call.now)
        all_pairs = [PairView.of(pair) for pair in await pairs.all_of(tx, run_id)]
        skipped = [pair for pair in all_pairs if pair.skipped]
        return ReleaseView(
            run_id=run_id,
            released_at=released.released_at or call.now,
            offered=len(all_pairs) - len(skipped),
            skipped=skipped,
        )

    return await call.change(work)


async def _page(
    run_id: RunId,
    call: Call,
    asked: Paging,
    read: Callable[..., Awaitable[Sequence[Found]]],
    view_of: Callable[[Found], View],
    person_of: Callable[[View], PersonId],
) -> Page[View]:
    """What a completed run says of people, a page by their ids."""
    after = asked.after(PersonId)

    async def work(tx: Tx) -> Page[View]:
        _completed(await _visible(tx, run_id, call))
        found = await read(tx, run_id, after=after[0] if after else None, limit=asked.limit + 1)
        return asked.page([view_of(each) for each in found], lambda view: [person_of(view)])

    return await call.read(work)


async def _visible(tx: Tx, run_id: RunId, call: Call) -> Run:
    run = await store.visible(tx, run_id, coordinator=coordinator_of(call))
    if run is None:
        raise NoSuchRun(f"there is no run {run_id} of a program that you look after")
    return run


def _completed(run: Run) -> Run:
    if run.state is not RunState.COMPLETED:
        raise CannotRun(f"this run is {run.state}; its result can be read once it is completed")
    return run
