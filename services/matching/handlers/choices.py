"""A mentee ranks or refuses mentors. Nothing is told, and nothing is logged: it is theirs."""

from chassis.db import Tx
from chassis.errors import Invalid
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.domain import choice as domain
from services.matching.domain.choice import Choice
from services.matching.domain.program import takes
from services.matching.domain.sentences import NoSuchProgram
from services.matching.handlers import candidates
from services.matching.store import choices, people, programs


async def choose(tx: Tx, program_id: ProgramId, choice: Choice) -> Choice:
    """Saves a choice in place of the one there was. It holds from now on; open offers stay as they are."""
    # Two choices of one mentee at the same moment wait for each other here, so no rank is given twice.
    await people.lock(tx, {choice.mentee_id})
    asked = await candidates.question(tx, program_id, choice.mentee_id, hold=True)
    if choice.mentor_id == choice.mentee_id:
        raise Invalid("this is you; name a mentor", field="mentor_id")
    mentor = await candidates.known_mentor(tx, choice.mentor_id)
    if not takes(asked.program.policy, mentor.profile, "mentor"):
        raise Invalid("this mentor's job family does not belong to the program; choose another", field="mentor_id")
    decided = domain.choose(choice, await choices.of(tx, program_id, mentees=[choice.mentee_id]))
    await choices.put(tx, program_id, decided)
    return decided


async def take_back(tx: Tx, program_id: ProgramId, mentee_id: PersonId, mentor_id: PersonId) -> None:
    """Forgets a choice. Taking back what was never chosen changes nothing."""
    await must_exist(tx, program_id)
    await choices.remove(tx, program_id, mentee_id, mentor_id)


async def must_exist(tx: Tx, program_id: ProgramId) -> None:
    """Refuses with a sentence if there is no such program."""
    if await programs.find(tx, program_id) is None:
        raise NoSuchProgram(f"there is no program {program_id}; see GET /v1/programs")
