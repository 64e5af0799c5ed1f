"""What a worker process does: one cohort, from profiles as told to pairs with their proof. It touches no database."""

import multiprocessing
import os
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from contracts.event import PersonId
from contracts.matching import Policy
from contracts.profiles import ProfileUpdated
from services.matching.domain.choice import NOTHING_CHOSEN, Chosen
from services.matching.domain.difference import Difference, Result, difference
from services.matching.domain.match import Fit
from services.matching.domain.population import Packed, Stored
from services.matching.domain.run import Answer, Pair, SeatPrice, Unmatched
from services.matching.engine.frame import Pair as Ids
from services.matching.engine.frame import frame_of
from services.matching.engine.people import person_from
from services.matching.engine.rules import broken_rule
from services.matching.engine.score import score
from services.matching.population import Population, Somebody, Wish, lines_above
from services.matching.progress import Board

if TYPE_CHECKING:
    from services.matching.engine.cohort import CohortResult, Matched


@dataclass(frozen=True, slots=True)
class Cohort:
    """Everything that one run looks at, as it was at one moment."""

    policy: Policy
    policy_version: int
    profiles: Sequence[tuple[str, int]]
    """Everybody with a role: the profile as told, and the free seats."""
    engaged: Collection[PersonId]
    """Mentees who look for nobody: they have a mentor, or an offer that holds a seat."""
    managers: Mapping[PersonId, PersonId | None]
    tried: Collection[Ids]
    pinned: Collection[Ids]
    forbidden: Collection[Ids]
    chosen: Chosen = NOTHING_CHOSEN
    groups: Mapping[str, Collection[PersonId]] = field(default_factory=dict)
    """What people opted into; for the report alone."""


class Facts(TypedDict):
    """What surrounds the people: the arguments of `engine.frame.frame_of`."""

    managers: Mapping[PersonId, PersonId | None]
    tried: Collection[Ids]
    forbidden: Collection[Ids]
    refused: Collection[Ids]
    preferences: Mapping[Ids, float]


class Replay(NamedTuple):
    """The population of a run, as it is kept, with the policy that the run had."""

    policy: Policy
    policy_version: int
    stored: Stored
    inputs_sha256: str
    """Of the run's certificate."""
    groups: Mapping[str, Collection[PersonId]]
    """What people opted into, as they have it now."""

    @property
    def lost(self) -> int:
        """How many have left since the run, and are in it no more."""
        return self.stored.lost + len(self.stored.gone)

    def is_of(self, certificate: Mapping[str, Any]) -> bool:
        """Whether this is the certificate of the very same input."""
        return bool(certificate["inputs_sha256"] == self.inputs_sha256)


_board: Board | None = None
"""Of this worker process: shared memory can be handed over only where it begins."""


def compute(cohort: Cohort) -> Answer:
    """Matches the cohort, and writes on the board how far it is."""
    people = population_of(cohort)
    result = _match(people, cohort, cohort.policy)
    return Answer(
        pairs=(*_pairs(cohort, result.pairs), *_pairs(cohort, result.pinned, pinned=True)),
        unmatched=tuple(Unmatched(each.mentee_id, each.rule, each.text) for each in result.unmatched),
        prices=tuple(SeatPrice(each.mentor_id, each.seats, each.taken, each.price) for each in result.prices),
        utilities=result.utilities,
        certificate=dict(result.certificate.as_json()),
        report=asdict(result.report),
        population=people.packed(),
    )


def prices_of(cohort: Cohort) -> dict[PersonId, int]:
    """What a seat of each mentor is worth to those who look, where it is worth anything."""
    result = _match(population_of(cohort), cohort, cohort.policy)
    return {each.mentor_id: each.price for each in result.prices if each.price > 0}


def try_out(question: tuple[Cohort | Replay, Policy]) -> Difference:
    """Matches these people twice, by the policy there is and by this one, and says what is different."""
    asked, policy = question
    people = population_of(asked) if isinstance(asked, Cohort) else _again(asked.stored)
    now, then = (_match(people, asked, one) for one in (asked.policy, policy))
    had, has = (_result(one) for one in (now, then))
    return difference(had, has, _worth({*had.mentors.items(), *has.mentors.items()}, people, policy))


def trimmed(stored: Stored) -> Packed:
    """The population without whoever has left."""
    return _again(stored).packed()


def _again(stored: Stored) -> Population:
    return Population.unpacked(stored.body).without(stored.gone)


def population_of(cohort: Cohort) -> Population:
    """The cohort as the engine takes it in; each profile is read once, however often it is matched."""
    known = [(person_from(ProfileUpdated.read(profile)), free) for profile, free in cohort.profiles]
    return Population.model_construct(
        people=tuple(Somebody.of(person, free) for person, free in known),
        engaged=tuple(sorted(cohort.engaged)),
        managers=lines_above((person.id for person, _ in known), cohort.managers),
        tried=tuple(sorted(cohort.tried)),
        pinned=tuple(sorted(cohort.pinned)),
        forbidden=tuple(sorted(cohort.forbidden)),
        refused=tuple(sorted(cohort.chosen.refused)),
        preferences=tuple(Wish(*pair, wish) for pair, wish in sorted(cohort.chosen.preferences.items())),
    )


def _match(people: Population, asked: Cohort | Replay, policy: Policy) -> "CohortResult":
    # Numbers and solver belong into this process only: the service stays small.
    from services.matching.engine.cohort import match_cohort  # noqa: PLC0415

    engaged = frozenset(people.engaged)
    mentees = {one.id for one in people.people if one.in_program(policy, "mentee")} - engaged
    seats = {one.id: one.free for one in people.people if one.free > 0 and one.in_program(policy, "mentor")}
    pinned = [pair for pair in people.pinned if pair[0] not in engaged]
    needed = mentees | seats.keys() | {person for pair in pinned for person in pair}
    return match_cohort(
        [one.person() for one in people.people if one.id in needed],
        seats,
        policy,
        policy_version=asked.policy_version,
        mentees=mentees,
        pinned=pinned,
        **_facts(people),
        groups=asked.groups,
        progress=_board.write if _board else None,
    )


def _facts(people: Population) -> Facts:
    """What is known of people besides their profiles, as a frame takes it."""
    return {
        "managers": people.managers,
        "tried": people.tried,
        "forbidden": people.forbidden,
        "refused": people.refused,
        "preferences": {(one.who, one.whom): one.value for one in people.preferences},
    }


def _result(found: "CohortResult") -> Result:
    mentors = {each.mentee_id: each.mentor_id for each in (*found.pairs, *found.pinned)}
    return Result(mentors, found.certificate.as_json(), asdict(found.report))


def _worth(pairs: Collection[Ids], people: Population, policy: Policy) -> dict[Ids, int]:
    """What these pairs score by a policy, of those that it allows."""
    frame = frame_of(policy, (), **_facts(people))
    ids = {person for pair in pairs for person in pair}
    by_id = {one.id: one.person() for one in people.people if one.id in ids}
    both = {pair: (by_id[pair[0]], by_id[pair[1]]) for pair in pairs}
    return {pair: score(*two, frame).points for pair, two in both.items() if broken_rule(*two, frame) is None}


def _pairs(cohort: Cohort, matched: "Sequence[Matched]", *, pinned: bool = False) -> Iterator[Pair]:
    for each in matched:
        fit = Fit(cohort.policy_version, each.score.points, each.score.parts, each.reasons)
        yield Pair(each.mentee_id, each.mentor_id, fit, pinned=pinned)


def begin(board: Board) -> None:
    """Sets up a worker process: it writes on this board, and ends when the service that started it is gone."""
    global _board  # noqa: PLW0603 - an initializer of a pool has nowhere else to leave something
    _board = board
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for_end_of, args=(parent,), daemon=True).start()


def _wait_for_end_of(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
