"""Ten thousand accepts, declines, requests and profile changes at once, while lists are kept and seats priced."""

import asyncio
import contextlib
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from chassis.errors import DomainError
from contracts.profiles import Want
from services.matching.__main__ import SERVICE
from services.matching.domain.choice import chosen
from services.matching.domain.ruling import Verdict
from services.matching.engine.frame import frame_of
from services.matching.engine.shortlist import shortlist
from services.matching.handlers import answers, candidates
from services.matching.handlers.working import cohort_of
from services.matching.store import choices, people, rulings, shortlists, standing
from services.matching.worker import prices_of
from tests.service.matching_example import Example, a_mentee, a_mentor, compute_here
from tests.service.test_matching_continuous import MINUTE, calm

CHANGES, AT_ONCE = 10_000, 8
SEATS = {f"t-{number:03}": number % 3 + 1 for number in range(120)}
MENTEES = [f"m-{number:03}" for number in range(300)]
GOALS = ("lead a team", "write clearly", "speak in public", "plan a product", "coach others")
SKILLS = ("sql", "python", "negotiation")


@dataclass
class Storm:
    """What happens at the same time, and what came of it."""

    example: Example
    luck: random.Random = field(default_factory=lambda: random.Random(7))
    sequence: "itertools.count[int]" = field(default_factory=lambda: itertools.count(10_000))
    left: int = CHANGES
    open: list[tuple[UUID, str]] = field(default_factory=list)
    """Matches that were asked for, with the mentor who answers."""
    accepted: set[UUID] = field(default_factory=set)
    happened: Counter[str] = field(default_factory=Counter)

    async def rage(self) -> None:
        """One thing after the other until all have happened; several of these run at once."""
        while self.left > 0:
            self.left -= 1
            what = self.luck.choices(("changes", "asks", "accepts", "declines"), (3, 3, 2, 2))[0]
            with contextlib.suppress(DomainError):
                await getattr(self, what)()
                self.happened[what] += 1

    async def changes(self) -> None:
        goals, wants = self.luck.choice(GOALS), (Want(skill=self.luck.choice(SKILLS), level=3),)
        mentor = self.luck.choice(list(SEATS))
        person = self.luck.choice(
            (
                a_mentee(self.luck.choice(MENTEES), goals=goals, wants=wants),
                a_mentor(mentor, seats=SEATS[mentor], goals=goals),
            )
        )
        await self.example.world.hear(person, sequence=next(self.sequence))

    async def asks(self) -> None:
        mentee, mentor = self.luck.choice(MENTEES), self.luck.choice(list(SEATS))
        match = await self._run(candidates.ask_mentor, self.example.program_id, mentor, by=mentee)
        self.open.append((match.match_id, mentor))

    async def accepts(self) -> None:
        if self.open:
            match_id, mentor = self.luck.choice(self.open)
            await self._run(answers.accept_offer, match_id, by=mentor)
            self.accepted.add(match_id)

    async def declines(self) -> None:
        if self.open:
            match_id, mentor = self.open.pop(self.luck.randrange(len(self.open)))
            await self._run(answers.decline_offer, match_id, by=mentor, reason="no time")

    async def _run(self, handler, *given, **more):
        world = self.example.world
        return await world.running.database.run(lambda tx: handler(tx, *given, now=world.clock.now(), **more))


async def keep_on(world, over: asyncio.Event) -> None:
    """Every job again and again, and a minute later each time: lists and prices are found amid the changes."""
    while not over.is_set():
        await world.run_jobs()
        await world.clock.set(world.clock.now() + MINUTE)


async def test_ten_thousand_changes_at_once_overrun_no_seat_move_no_pair_and_leave_every_list_right(
    a_world, monkeypatch
):
    compute_here(monkeypatch)
    world = await a_world(SERVICE, pool_size=AT_ONCE + 4)
    await world.hear(*(a_mentor(mentor, seats=seats) for mentor, seats in SEATS.items()), *map(a_mentee, MENTEES))
    storm, over = Storm(await Example(world).open(continuous=True)), asyncio.Event()
    keeping = asyncio.create_task(keep_on(world, over))
    await asyncio.gather(*(storm.rage() for _ in range(AT_ONCE)))
    over.set()
    await keeping
    assert storm.happened.total() > CHANGES / 2, storm.happened
    await world.clock.set(world.clock.now() + MINUTE)
    await calm(world)
    taken = await world.pool.fetch("SELECT mentor_id, count(*) AS n FROM matches WHERE state = 'accepted' GROUP BY 1")
    assert all(row["n"] <= SEATS[row["mentor_id"]] for row in taken)
    still = await world.pool.fetch("SELECT match_id FROM matches WHERE state = 'accepted'")
    assert storm.accepted == {row["match_id"] for row in still}, "a pair that was accepted stays"
    assert len(still) > len(SEATS) / 2
    kept, found = await world.running.database.run(lambda tx: both(tx, storm.example.program_id))
    assert kept == found
    assert sum(map(bool, found.values())) > len(MENTEES) / 10, "some still look"


async def both(tx, program_id) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The lists that are kept, and what the readable rules and scores give for everybody who looks."""
    mentors = await people.with_free_seats(tx)
    free = {known.person.id: seats for known, seats in mentors}
    cohort = await cohort_of(tx, program_id, 1)
    looking = await people.known(tx, MENTEES)
    placed = await standing.with_mentor(tx, program_id, MENTEES)
    own = chosen(await choices.of(tx, program_id))
    frame = frame_of(
        cohort.policy,
        (),
        managers=cohort.managers,
        tried=await standing.tried(tx, program_id),
        forbidden=await rulings.pairs(tx, program_id, Verdict.FORBIDDEN),
        refused=own.refused,
        preferences=own.preferences,
    )
    prices, offering = prices_of(cohort), [known.person for known, _ in mentors]
    kept, found = {}, {}
    for mentee in sorted(looking.keys() - placed):
        listed = shortlist(looking[mentee].person, offering, frame, free, prices=prices)
        found[mentee] = [each.mentor_id for each in listed]
        of_mentee = await shortlists.find(tx, program_id, mentee)
        kept[mentee] = [each.mentor_id for each in of_mentee.entries] if of_mentee else []
    return kept, found
