"""What every service offers to those who run it: health, metrics, what is due, and the test clock."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import AwareDatetime, BaseModel, Field, field_validator

from chassis import sampling
from chassis.http.bodies import Body
from chassis.http.call import Call, allow
from chassis.http.openapi import problems

if TYPE_CHECKING:
    from chassis.running import Running

READY_SECONDS = 3.0
EARLIEST_YEAR, LATEST_YEAR = 2000, 2200

probes = APIRouter(include_in_schema=False)
work = APIRouter(tags=["operations"])
test_clock = APIRouter(tags=["operations"])


@probes.get("/health/live")
async def live(request: Request) -> Response:
    """Whether this process moves; if not, starting it anew helps."""
    return _health(_running(request).live())


@probes.get("/health/ready")
async def ready(request: Request) -> Response:
    """Whether requests should come here now."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            return _health(await _running(request).ready())
    except TimeoutError:
        return _health([f"the database did not answer within {READY_SECONDS:.0f} seconds"])


def _health(reasons: list[str]) -> Response:
    status = "fail" if reasons else "pass"
    return JSONResponse({"status": status, "reasons": reasons}, status_code=503 if reasons else 200)


@probes.get("/metrics")
async def prometheus(request: Request) -> Response:
    """All metrics of this process in Prometheus' text format."""
    sampling.look_at_pool(_running(request).pool)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class Work(BaseModel):
    """What is due and not done yet. All counts zero: this service is quiet."""

    now: datetime = Field(description="by the platform's clock")
    outbox: int = Field(description="events that Kafka has not acknowledged yet")
    parked: int = Field(description="messages set aside")
    timers_due: int = Field(description="timers whose instant has come")
    busy: dict[str, int] = Field(description="what else is due, by name")


@work.get("/work")
async def what_is_due(call: Annotated[Call, allow("administrator", "system")]) -> Work:
    """What is due now and not done yet."""
    return Work.model_validate(await call.running.work())


class ClockFace(BaseModel):
    """Where the calendar stands."""

    now: datetime


class NewTime(Body):
    """Where to turn the calendar to."""

    now: AwareDatetime = Field(description="an instant that is not before the present one, and before 2200")

    @field_validator("now")
    @classmethod
    def _while_calendars_reach(cls, now: datetime) -> datetime:
        # A clock cannot be turned back, and near the year 9999 no deadline can be computed any more.
        if not EARLIEST_YEAR <= now.year < LATEST_YEAR:
            raise ValueError(f"give an instant from {EARLIEST_YEAR} to {LATEST_YEAR - 1}")
        return now


@test_clock.get("/test-clock")
async def read_clock(call: Annotated[Call, allow("administrator", "system")]) -> ClockFace:
    """Where the test calendar stands."""
    return ClockFace(now=call.now)


@test_clock.put("/test-clock", responses=problems(409))
async def turn_clock(body: NewTime, call: Annotated[Call, allow("administrator")]) -> ClockFace:
    """Turns the test calendar forward; it never goes back."""
    await call.running.set_clock(body.now)
    return ClockFace(now=call.running.clock.now())


def _running(request: Request) -> "Running":
    running: Any = request.app.state.running
    return running  # type: ignore[no-any-return]
