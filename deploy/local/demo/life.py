"""The company's life: the HR file comes in, a program opens, a cohort is matched, and the calendar turns day by day."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from deploy.local.demo.agenda import Act, Agenda, Turn
from deploy.local.demo.choices import Choices
from deploy.local.demo.observer import Observer, Seen
from deploy.local.demo.people import People
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet
from deploy.local.roles import SERVICES

FIRST_DAY = date(2027, 1, 4)
"""A Monday. Fixed, so that the same seed gives the same numbers in any year."""
PROGRAM_STARTS = date(2027, 1, 11)
WEEKS = 12
LAST_DAY = FIRST_DAY + timedelta(days=105)
EVENING = time(23, tzinfo=UTC)
"""When the calendar stops each day and people act: nobody of the company is at work then, so letters of a day go
out together when it turns, and it does not matter who acted first."""
COORDINATOR = "coordinator-of-the-demo"
DAY = timedelta(days=1)
Told = Callable[[str, float], None]


@dataclass
class Life:
    """One company on one platform. `seen` is the whole story, as a subscriber saw it."""

    api: PlatformApi
    observer: Observer
    quiet: Quiet
    choices: Choices
    say: Told
    agenda: Agenda = field(default_factory=Agenda)
    seen: list[Seen] = field(default_factory=list)
    days: dict[str, date] = field(default_factory=dict)
    """The day on which each event was seen, by event id."""
    imported: dict[str, Any] = field(default_factory=dict)
    program_id: str = ""
    run: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._people = People(self.api, self.agenda, self.choices)

    async def live(self, people: Path, columns: dict[str, str]) -> None:
        """From the HR file to the last day."""
        await self._turn_to(FIRST_DAY)
        await self._import(people, columns)
        await self._open_program()
        await self._match()
        self._plan_departures()
        self._plan_requests()
        day = FIRST_DAY
        await self._one_day(day)
        while day < LAST_DAY:
            day += DAY
            await self._turn_to(day)
            await self._one_day(day)

    async def _one_day(self, day: date) -> None:
        self.say(self._headline(day), (day - FIRST_DAY) / (LAST_DAY - FIRST_DAY))
        while await self.agenda.live(day, lambda: self._settle(day)):
            await self._settle(day)

    async def _turn_to(self, day: date) -> None:
        """Turns the calendar. The morning's letters go out first: what happens later that day does not undo them."""
        evening = datetime.combine(day, EVENING)
        await self.api.turn_clock(evening, ["notifications"])
        await self.quiet.wait_for("notifications")
        await self.api.turn_clock(evening, [name for name in SERVICES if name != "notifications"])
        await self._settle(day)

    async def _settle(self, day: date) -> None:
        """Waits until all is quiet and lets everybody take note of what was told."""
        for seen in await self.quiet.wait():
            self.seen.append(seen)
            self.days[seen.headers["ce_id"]] = day
            self._people.hear(seen, day)

    async def _import(self, people: Path, columns: dict[str, str]) -> None:
        self.say("the HR file comes in", 0.0)
        query = {"columns": json.dumps(columns)} if columns else None
        started = await self.api.send(
            "POST", "hr-directory", "system", "profiles", "/v1/imports",
            content=await asyncio.to_thread(people.read_bytes),
            params=query,
            headers={"Content-Type": "text/csv", "Idempotency-Key": "demo-import"},
        )  # fmt: skip
        path = f"/v1/imports/{started.json()['import_id']}"
        await self._settle(FIRST_DAY)
        self.imported = await self.api.get("hr-directory", "system", "profiles", path)

    async def rejected(self) -> bytes:
        """The refused rows of the HR file, as the API gives them."""
        path = f"/v1/imports/{self.imported['import_id']}/rejected.csv"
        return (await self.api.send("GET", "hr-directory", "system", "profiles", path)).content

    async def _open_program(self) -> None:
        body = {
            "name": "Growing together",
            "purpose": "People learn from people they would not have met",
            "starts_on": PROGRAM_STARTS.isoformat(),
            "length_weeks": WEEKS,
        }
        opened = await self.api.post(COORDINATOR, "coordinator", "matching", "/v1/programs", body)
        self.program_id = opened["program_id"]
        await self._settle(FIRST_DAY)

    async def _match(self) -> None:
        self.say("the cohort is matched", 0.0)
        path = f"/v1/programs/{self.program_id}/runs"
        run = await self.api.post(COORDINATOR, "coordinator", "matching", path)
        await self._settle(FIRST_DAY)
        self.run = await self.api.get(COORDINATOR, "coordinator", "matching", f"/v1/runs/{run['run_id']}")
        await self.api.post(COORDINATOR, "coordinator", "matching", f"/v1/runs/{run['run_id']}/offers")
        await self._settle(FIRST_DAY)

    def _plan_departures(self) -> None:
        """One in a hundred leaves the company in the fifth week."""
        for seen in self.seen:
            person = seen.body.get("person_id", "")
            if seen.name == "profile-updated" and self.choices.happens(0.01, "leaves", person):
                act = Act(Turn.LEAVE, person, "company", self._leave(person))
                self.agenda.add(FIRST_DAY + 35 * DAY, act)

    def _leave(self, person: str) -> Callable[[], Any]:
        async def leave() -> None:
            await self.api.delete("hr-directory", "system", "profiles", f"/v1/people/{person}")

        return leave

    def _plan_requests(self) -> None:
        """Mentees whom the run left alone look at their shortlist themselves, some days later."""
        matched = {seen.body["mentee_id"] for seen in self.seen if seen.name == "match-proposed"}
        for seen in self.seen:
            if seen.name != "profile-updated" or "mentee" not in seen.body["roles"]:
                continue
            person = seen.body["person_id"]
            if person not in matched and self.choices.happens(0.6, "asks", person):
                self.agenda.add(FIRST_DAY + 9 * DAY, Act(Turn.REQUEST, person, "request", self._request(person)))

    def _request(self, person: str) -> Callable[[], Any]:
        async def request() -> None:
            path = f"/v1/people/{person}/candidates"
            shortlist = await self.api.get(person, "participant", "matching", path, program=self.program_id)
            for candidate in shortlist["items"][:1]:
                body = {"program_id": self.program_id, "mentor_id": candidate["mentor_id"]}
                await self.api.post(person, "participant", "matching", "/v1/matches", body)

        return request

    def _headline(self, day: date) -> str:
        counts = self.observer.counts
        running = counts["relationship-started"] - counts["relationship-closed"]
        week = (day - PROGRAM_STARTS).days // 7 + 1
        when = f"week {week}" if 0 < week <= WEEKS else ("before the start" if week <= 0 else "after the end")
        return (
            f"{day:%a %d %b} · {when} · {running} pairs · {counts['meeting-held']} meetings · "
            f"{counts['checkin-completed']} check-ins answered · {counts['letter-sent']} letters"
        )
