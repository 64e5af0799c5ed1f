"""A program: its policy, version by version, until it is closed."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from contracts.event import Event, PersonId
from contracts.matching import Policy, ProgramClosed, ProgramId, ProgramOpened, ProgramUpdated
from contracts.profiles import ProfileUpdated, Role
from services.matching.domain.sentences import ProgramIsClosed, on_day


class ProgramState(StrEnum):
    """Whether it still proposes anybody."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Program:
    """A program as it stands. Each change of the policy is a new version; matches keep theirs."""

    program_id: ProgramId
    policy: Policy
    policy_version: int
    opened_at: datetime
    state: ProgramState = ProgramState.OPEN
    closed_at: datetime | None = None

    def must_be_open(self) -> None:
        """Refuses with a sentence if it was closed."""
        if self.closed_at is not None:
            raise ProgramIsClosed(f"this program was closed on {on_day(self.closed_at)}; open a new one")


Decided = tuple[Program, list[Event]]


def open_program(program_id: ProgramId, policy: Policy, *, now: datetime) -> Decided:
    """A program begins to take people."""
    told = ProgramOpened(program_id=program_id, policy_version=1, policy=policy)
    return Program(program_id, policy, 1, now), [told]


def change(program: Program, policy: Policy) -> Decided:
    """Makes the next version of the policy; the same policy again changes nothing and tells nothing."""
    program.must_be_open()
    if policy == program.policy:
        return program, []
    version = program.policy_version + 1
    told = ProgramUpdated(program_id=program.program_id, policy_version=version, policy=policy)
    return replace(program, policy=policy, policy_version=version), [told]


def close(program: Program, *, now: datetime) -> Decided:
    """Proposes nobody any more; running pairs go on. Closing twice is the same as once."""
    if program.state is ProgramState.CLOSED:
        return program, []
    closed = replace(program, state=ProgramState.CLOSED, closed_at=now)
    return closed, [_closed(program)]


def _closed(program: Program) -> ProgramClosed:
    return ProgramClosed(program_id=program.program_id, policy_version=program.policy_version, policy=program.policy)


def standing(program: Program) -> Event:
    """What its topic should say of it last."""
    if program.state is ProgramState.CLOSED:
        return _closed(program)
    kind = ProgramOpened if program.policy_version == 1 else ProgramUpdated
    return kind(program_id=program.program_id, policy_version=program.policy_version, policy=program.policy)


def takes(policy: Policy, person: ProfileUpdated, role: Role) -> bool:
    """Who is in a program: everybody with the role whose job family the policy names (or it names none)."""
    families = {name.strip().casefold() for name in policy.functions}
    return role in person.roles and (not families or (person.function or "").strip().casefold() in families)


def with_coordinator(policy: Policy, person_id: PersonId) -> Policy:
    """The same policy with this person among its coordinators."""
    if person_id in policy.coordinators:
        return policy
    return policy.model_copy(update={"coordinators": (*policy.coordinators, person_id)})
