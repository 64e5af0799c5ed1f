"""Which mentors would suit a mentee, why not a certain one, and a mentee's own request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.domain.choice import chosen
from services.matching.domain.match import Match
from services.matching.domain.person import Known
from services.matching.domain.program import Program, takes
from services.matching.domain.ruling import Verdict
from services.matching.domain.sentences import REFUSED_BY_YOU, CannotAsk, NoSuchPerson, NoSuchProgram
from services.matching.domain.shortlist import Kept
from services.matching.engine import shortlist as engine
from services.matching.engine.frame import Frame
from services.matching.engine.rules import SENTENCES, Rule, broken_rule
from services.matching.handlers import fitting, saving
from services.matching.store import choices, people, programs, proof, rulings, seats, shortlists, standing


@dataclass(frozen=True, slots=True)
class Question:
    """A mentee who looks for somebody, in a program."""

    program: Program
    mentee: Known
    placed: bool
    """They have a mentor in the program."""


async def question(tx: Tx, program_id: ProgramId, mentee_id: PersonId, *, hold: bool = False) -> Question:
    """The mentee and the program; refuses with a sentence what cannot be asked. `hold` keeps the program open."""
    program = await (programs.share if hold else programs.find)(tx, program_id)
    if program is None:
        raise NoSuchProgram(f"there is no program {program_id}; see GET /v1/programs")
    program.must_be_open()
    mentee = (await people.known(tx, [mentee_id])).get(mentee_id)
    if mentee is None:
        raise NoSuchPerson(f"nobody here has the id {mentee_id}")
    if not takes(program.policy, mentee.profile, "mentee"):
        raise CannotAsk("only mentees whose job family belongs to this program can look for a mentor in it")
    return Question(program, mentee, await standing.has_mentor(tx, program_id, mentee_id))


async def shortlist(
    tx: Tx, asked: Question, *, limit: int, prices: Mapping[PersonId, int] | None = None
) -> list[engine.Candidate]:
    """The best allowed mentors with a free seat, best first; empty for who has a mentor.

    With `prices` a mentor ranks by score minus the price of their seat.
    """
    if asked.placed:
        return []
    free = [
        (known, seats)
        for known, seats in await people.with_free_seats(tx)
        if takes(asked.program.policy, known.profile, "mentor")
    ]
    frame = await frame_around(tx, asked, [known.person.id for known, _ in free])
    places = {known.person.id: seats for known, seats in free}
    mentors = [known.person for known, _ in free]
    return engine.shortlist(asked.mentee.person, mentors, frame, places, prices=prices, limit=limit)


async def kept_shortlist(tx: Tx, asked: Question) -> Kept | None:
    """The list that is kept for who looks for a mentor in a continuous program; None if it was not found yet."""
    if asked.placed or not asked.program.policy.continuous:
        return None
    return await shortlists.find(tx, asked.program.program_id, asked.mentee.person.id)


async def why_not(tx: Tx, asked: Question, mentor_id: PersonId) -> engine.WhyNot:
    """The rule that forbids this mentor, or what the pair would cost the program by its last run."""
    mentor = await known_mentor(tx, mentor_id)
    frame = await frame_around(tx, asked, [mentor_id])
    places = (await seats.of(tx, [mentor_id]))[mentor_id]
    mentee_id = asked.mentee.person.id
    numbers = await proof.of_pair(tx, asked.program.program_id, mentee_id=mentee_id, mentor_id=mentor_id)
    if numbers is None:
        return engine.why_not(asked.mentee.person, mentor.person, frame, places.free)
    return engine.why_not(
        asked.mentee.person,
        mentor.person,
        frame,
        places.free,
        utility=numbers.utility,
        price=numbers.price,
        coverage_bonus=numbers.coverage_bonus,
    )


async def ask_mentor(tx: Tx, program_id: ProgramId, mentor_id: PersonId, *, by: PersonId, now: datetime) -> Match:
    """A mentee asks a mentor: the mentee has said yes, the mentor is asked. It reserves no seat."""
    await people.lock(tx, {by, mentor_id})
    asked = await question(tx, program_id, by, hold=True)
    mentor = await known_mentor(tx, mentor_id)
    if asked.placed:
        raise CannotAsk("you have a mentor in this program; end that first, or ask in another program")
    frame = await frame_around(tx, asked, [mentor_id])
    places = (await seats.of(tx, [mentor_id]))[mentor_id]
    if broken := broken_rule(asked.mentee.person, mentor.person, frame, places.free):
        raise CannotAsk(await _why(tx, broken, asked, mentor_id))
    fit = fitting.fit_of(asked.mentee, mentor, frame, version=asked.program.policy_version)
    decided = fitting.draft(asked.program, fit, asked.mentee, mentor, origin="request", now=now)
    await saving.save_new(tx, [decided], now=now)
    return decided[0]


async def _why(tx: Tx, broken: Rule, asked: Question, mentor_id: PersonId) -> str:
    program_id, mentee_id = asked.program.program_id, asked.mentee.person.id
    if broken is Rule.TRIED_BEFORE and await standing.is_open(tx, program_id, mentee_id, mentor_id):
        return "you have an open offer with this mentor already; see GET /v1/matches"
    if broken is Rule.REFUSED:
        return REFUSED_BY_YOU
    return f"{SENTENCES[broken]} See GET /v1/people/{mentee_id}/candidates for mentors you can ask."


async def known_mentor(tx: Tx, mentor_id: PersonId) -> Known:
    """The mentor of this id."""
    mentor = (await people.known(tx, [mentor_id])).get(mentor_id)
    # Who takes part in nothing is not to be found out about by asking.
    if mentor is None or "mentor" not in mentor.profile.roles:
        raise NoSuchPerson(f"no mentor has the id {mentor_id}")
    return mentor


async def frame_around(tx: Tx, asked: Question, mentors: list[PersonId]) -> Frame:
    """All that is known around the mentee and these mentors, with what the mentee chose."""
    mentee_id = asked.mentee.person.id
    tried = await standing.tried(tx, asked.program.program_id, mentees=[mentee_id])
    forbidden = await rulings.pairs(tx, asked.program.program_id, Verdict.FORBIDDEN, mentees=[mentee_id])
    own = chosen(await choices.of(tx, asked.program.program_id, mentees=[mentee_id]))
    among = [mentee_id, *mentors]
    return await fitting.frame_for(tx, asked.program.policy, among, tried=tried, forbidden=forbidden, chosen=own)
