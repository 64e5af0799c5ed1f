"""A small company for the tests of matching: everybody fits everybody unless a test says otherwise."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from contracts.profiles import ProfileUpdated, Skill, Want
from services.matching.handlers import candidates, computing, populations, pricing, what_ifs

PROGRAM = {"name": "Spring", "starts_on": "2027-01-11"}
_BOTH: dict[str, Any] = {
    "level": 5,
    "time_zone": "Europe/Berlin",
    "languages": ("en",),
    "working_hours": ("Mon-Fri 09:00-17:00",),
    "goals": "lead a team",
    "style": {"pace": 3},
}


def a_mentee(person_id: str, **other: Any) -> ProfileUpdated:
    given = {"roles": ("mentee",), "mentor_seats": 0, "team": f"of {person_id}", "wants": (Want(skill="sql", level=3),)}
    return ProfileUpdated(person_id=person_id, **(_BOTH | given | other))


def a_mentor(person_id: str, *, seats: int = 1, **other: Any) -> ProfileUpdated:
    skills = (Skill(skill="sql", level=4, teach=True),)
    given = {"roles": ("mentor",), "team": f"of {person_id}", "skills": skills, "level": 7}
    return ProfileUpdated(person_id=person_id, mentor_seats=seats, **(_BOTH | given | other))


def compute_here(monkeypatch: Any) -> None:
    """Computes runs, what-ifs and prices in the test's own process: faster, where it is not about the worker."""

    async def here(work: Any, question: Any, _board: Any) -> Any:
        return work(question)

    for place in (computing, populations, pricing, what_ifs):
        monkeypatch.setattr(place, "in_worker", here)


@dataclass
class Example:
    """A program and what a test does with it over HTTP, as the people concerned."""

    world: Any
    program_id: UUID | None = None
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    async def open(self, **other: Any) -> "Example":
        answer = await self.coordinator.post("/v1/programs", json=PROGRAM | other)
        assert answer.status_code == 201, answer.text
        self.program_id = UUID(answer.json()["program_id"])
        return self

    @property
    def coordinator(self):
        return self._client("coordinator", "c-1")

    def person(self, person_id: str):
        return self._client("participant", person_id)

    def _client(self, role: str, subject: str):
        # Each client of a world has an app of its own, which takes longer to make than what most tests do.
        if (role, subject) not in self._clients:
            self._clients[role, subject] = self.world.client(role, subject)
        return self._clients[role, subject]

    async def asks(self, mentee: str, mentor: str):
        body = {"program_id": str(self.program_id), "mentor_id": mentor}
        return await self.person(mentee).post("/v1/matches", json=body)

    async def requested(self, mentee: str, mentor: str) -> str:
        answer = await self.asks(mentee, mentor)
        assert answer.status_code == 201, answer.text
        return answer.json()["match_id"]

    async def all_ask(self, asks: dict[str, str]) -> dict[UUID, str]:
        """Many requests, without HTTP; gives the mentor by match."""
        database, now = self.world.running.database, self.world.clock.now()
        made = {}
        for mentee, mentor in asks.items():
            ask = partial(candidates.ask_mentor, program_id=self.program_id, mentor_id=mentor, by=mentee, now=now)
            made[(await database.run(ask)).match_id] = mentor
        return made

    async def says(self, person: str, match_id: object, what: str, **body: Any):
        return await self.person(person).post(f"/v1/matches/{match_id}/{what}", json=body or None)

    async def run(self) -> str:
        answer = await self.coordinator.post(f"/v1/programs/{self.program_id}/runs")
        assert answer.status_code == 202, answer.text
        await self.world.run_jobs()
        return answer.json()["run_id"]

    async def release(self, run_id: str) -> dict[str, Any]:
        answer = await self.coordinator.post(f"/v1/runs/{run_id}/offers")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def matches(self, **filters: str) -> list[dict[str, Any]]:
        answer = await self.coordinator.get("/v1/matches", params=filters)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def seats_taken(self, mentor: str) -> int:
        return await self.world.pool.fetchval("SELECT count(*) FROM seats WHERE mentor_id = $1", mentor)
