"""What people do before the instant of the backup and after it. Each command after it says what must become of it."""

import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.local.demo.company import COLUMNS, rows
from deploy.local.roles import SERVICES
from tests.faults.rig.platform import Platform

MONDAY = datetime(2027, 1, 11, 12, tzinfo=UTC)
COORDINATOR = "coordinator-of-the-drill"
PROGRAM = {"name": "The drill", "starts_on": "2027-01-11"}
WISH = {"rhythm": "weekly", "channel": "video", "focus": ["negotiation"], "weeks": 12}


@dataclass
class Company:
    """People of one platform, and the ids of what they made."""

    platform: Platform
    size: int
    program: str = ""
    matches: list[dict[str, Any]] = field(default_factory=list)
    pair: str = ""
    second_program: str = ""
    request: str = ""
    meeting: str = ""

    def __post_init__(self) -> None:
        self.api = self.platform.api
        self.people = [{name: str(row[name]) for name in COLUMNS} for row in rows(size=self.size + 2, seed=7)]
        self.newcomers = [row["person_id"] for row in self.people[self.size :]]

    async def before(self) -> None:
        """A cohort is matched, one pair runs, and one offer has its first yes."""
        await self.turn_to(MONDAY)
        await self.bring_in(self.people[: self.size], "before")
        opened = await self.api.post(COORDINATOR, "coordinator", "matching", "/v1/programs", PROGRAM)
        self.program = opened["program_id"]
        await self.platform.quiet.wait()
        await self._match()
        await self._accept(self.matches[0], "mentee_id", "mentor_id")
        await self._accept(self.matches[1], "mentee_id")
        await self.platform.quiet.wait()
        (pair,) = await self.api.every("coordinator", COORDINATOR, "engagement", "/v1/relationships")
        self.pair = pair["id"]
        await self._fill_agreement("mentee_id")

    async def _match(self) -> None:
        run = await self.api.post(COORDINATOR, "coordinator", "matching", f"/v1/programs/{self.program}/runs")
        await self.platform.quiet.wait()
        await self.api.post(COORDINATOR, "coordinator", "matching", f"/v1/runs/{run['run_id']}/offers")
        await self.platform.quiet.wait()
        found = await self.api.every("coordinator", COORDINATOR, "matching", "/v1/matches", program=self.program)
        self.matches = sorted(found, key=lambda each: str(each["match_id"]))

    async def after(self) -> None:
        """What is known to the topics only, once the database is restored; and what is known to nobody."""
        await self._accept(self.matches[1], "mentor_id")
        await self._decline(self.matches[2])
        await self._accept(self.matches[3], "mentee_id")
        await self._withdraw(self.matches[4])
        await self._fill_agreement("mentor_id")
        self.meeting = await self._meet()
        await self.say_goals("to be forgotten")
        await self.bring_in(self.changed(), "after")
        opened = await self.api.post(
            COORDINATOR, "coordinator", "matching", "/v1/programs", PROGRAM | {"name": "Another"}, about="another"
        )
        self.second_program = opened["program_id"]
        await self.api.delete("hr-directory", "system", "profiles", f"/v1/people/{self.leaver}")
        await self.platform.quiet.wait()
        await self._ask_for_a_mentor()
        await self.mute()
        await self.platform.quiet.wait()
        await self.letters_go()

    async def letters_go(self) -> None:
        """A working day later, all letters that were planned are out."""
        await self.turn_to(MONDAY + timedelta(days=1))

    async def turn_to(self, at: datetime) -> None:
        """Turns the calendar and lets everything happen that is due."""
        await self.api.turn_clock(at, SERVICES)
        await self.platform.quiet.wait()

    def changed(self) -> list[dict[str, str]]:
        """The HR file after the instant: two people more, and one in another team."""
        moved = self.people[self.size - 1] | {"location": "Elsewhere"}
        return [*self.people[: self.size - 1], moved, *self.people[self.size :]]

    async def bring_in(self, people: list[dict[str, str]], about: str) -> None:
        """The HR file comes in."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(people)
        await self.api.send(
            "POST", "hr-directory", "system", "profiles", "/v1/imports", content=text.getvalue().encode(),
            headers={"Content-Type": "text/csv", "Idempotency-Key": f"drill-{about}"},
        )  # fmt: skip
        await self.platform.quiet.wait()

    @property
    def moved(self) -> str:
        """Whom the second file moves."""
        return self.people[self.size - 1]["person_id"]

    @property
    def dreamer(self) -> str:
        """Who writes down other goals."""
        return str(self.matches[5]["mentee_id"])

    @property
    def bystander(self) -> str:
        """Somebody to whom no letter goes."""
        busy = {match[side] for match in self.matches for side in ("mentee_id", "mentor_id")}
        return next(row["person_id"] for row in self.people[: self.size] if row["person_id"] not in busy)

    @property
    def leaver(self) -> str:
        """Who leaves."""
        return str(self.matches[6]["mentee_id"])

    async def _accept(self, match: dict[str, Any], *sides: str) -> None:
        for side in sides:
            path = f"/v1/matches/{match['match_id']}/accept"
            await self.api.post(match[side], "participant", "matching", path, about=side)

    async def _decline(self, match: dict[str, Any]) -> None:
        path = f"/v1/matches/{match['match_id']}/decline"
        await self.api.post(match["mentee_id"], "participant", "matching", path, {"reason": "no time"})

    async def _withdraw(self, match: dict[str, Any]) -> None:
        await self.api.post(COORDINATOR, "coordinator", "matching", f"/v1/matches/{match['match_id']}/withdraw")

    async def _fill_agreement(self, side: str) -> None:
        path = f"/v1/relationships/{self.pair}/agreement"
        await self.api.put(self.matches[0][side], "participant", "engagement", path, WISH)

    async def _meet(self) -> str:
        slot = {"starts_at": "2027-01-20T14:00:00Z", "length_minutes": 60, "channel": "video"}
        path = f"/v1/relationships/{self.pair}/meetings"
        made = await self.api.post(self.matches[0]["mentee_id"], "participant", "engagement", path, slot)
        return str(made["id"])

    async def say_goals(self, goals: str) -> None:
        """Somebody changes their own profile."""
        path = f"/v1/people/{self.dreamer}"
        await self.api.send("PATCH", self.dreamer, "participant", "profiles", path, json={"goals": goals})

    async def mute(self) -> None:
        """Somebody does not want a kind of letter any more: told to nobody."""
        chosen = {"language": None, "digest_only": True, "muted": []}
        path = f"/v1/people/{self.bystander}/preferences"
        await self.api.put(self.bystander, "participant", "notifications", path, chosen)

    async def _ask_for_a_mentor(self) -> None:
        """Who declined asks somebody of their own choice, who says yes: a pair that only the topics know."""
        mentee = self.matches[2]["mentee_id"]
        path = f"/v1/people/{mentee}/candidates"
        found = await self.api.get(mentee, "participant", "matching", path, program=self.program)
        taken = {match["mentor_id"] for match in self.matches}
        mentor = next(each["mentor_id"] for each in found["items"] if each["mentor_id"] not in taken)
        body = {"program_id": self.program, "mentor_id": mentor}
        asked = await self.api.post(mentee, "participant", "matching", "/v1/matches", body)
        self.request = str(asked["match_id"])
        await self._accept(asked, "mentor_id")
