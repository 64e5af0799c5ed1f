"""What a worker process does: one cohort, from profiles as told to pairs with their proof. It touches no database."""

import multiprocessing
import os
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from contracts.event import PersonId
from contracts.matching import Policy
from contracts.profiles import ProfileUpdated
from services.matching.domain.choice import NOTHING_CHOSEN, Chosen
from services.matching.domain.match import Fit
from services.matching.domain.program import takes
from services.matching.domain.run import Answer, Pair, SeatPrice, Unmatched
from services.matching.domain.what_if import Change, Difference
from services.matching.engine.frame import Pair as Ids
from services.matching.engine.frame import frame_of
from services.matching.engine.people import Person, person_from
from services.matching.engine.rules import broken_rule
from services.matching.engine.score import score
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


class Seen(NamedTuple):
    """Somebody of a cohort, in the two forms that are asked about."""

    profile: ProfileUpdated
    person: Person
    free: int
    """Free seats."""


_board: Board | None = None
"""Of this worker process: shared memory can be handed over only where it begins."""


def compute(cohort: Cohort) -> Answer:
    """Matches the cohort, and writes on the board how far it is."""
    result = _match(cohort, cohort.policy, _known(cohort))
    return Answer(
        pairs=(*_pairs(cohort, result.pairs), *_pairs(cohort, result.pinned, pinned=True)),
        unmatched=tuple(Unmatched(each.mentee_id, each.rule, each.text) for each in result.unmatched),
        prices=tuple(SeatPrice(each.mentor_id, each.seats, each.taken, each.price) for each in result.prices),
        utilities=result.utilities,
        certificate=dict(result.certificate.as_json()),
        report=asdict(result.report),
    )


def prices_of(cohort: Cohort) -> dict[PersonId, int]:
    """What a seat of each mentor is worth to those who look, where it is worth anything."""
    result = _match(cohort, cohort.policy, _known(cohort))
    return {each.mentor_id: each.price for each in result.prices if each.price > 0}


def try_out(question: tuple[Cohort, Policy]) -> Difference:
    """Matches the cohort twice, by the policy it has and by this one, and says what is different."""
    cohort, policy = question
    known = _known(cohort)
    now, then = _match(cohort, cohort.policy, known), _match(cohort, policy, known)
    had, has = ({each.mentee_id: each.mentor_id for each in (*one.pairs, *one.pinned)} for one in (now, then))
    everybody = sorted(had.keys() | has.keys())
    changes = [Change(mentee, had.get(mentee), has.get(mentee)) for mentee in everybody]
    worth = _worth(had.items(), cohort, policy, {one.person.id: one.person for one in known})
    return Difference(
        now={"certificate": now.certificate.as_json(), "report": asdict(now.report)},
        then={"certificate": then.certificate.as_json(), "report": asdict(then.report)},
        changes=tuple(change for change in changes if change.mentor_now != change.mentor_then),
        keep=sum(change.mentor_now == change.mentor_then for change in changes),
        forbidden=len(had) - len(worth),
        score_now=sum(worth),
        score_then=sum(each.score.points for each in (*then.pairs, *then.pinned)),
    )


def _known(cohort: Cohort) -> Sequence[Seen]:
    """Everybody of the cohort, read once however often they are matched."""
    profiles = ((ProfileUpdated.read(profile), free) for profile, free in cohort.profiles)
    return [Seen(profile, person_from(profile), free) for profile, free in profiles]


def _match(cohort: Cohort, policy: Policy, known: Sequence[Seen]) -> "CohortResult":
    # Numbers and solver belong into this process only: the service stays small.
    from services.matching.engine.cohort import match_cohort  # noqa: PLC0415

    mentees = {
        one.person.id for one in known if takes(policy, one.profile, "mentee") and one.person.id not in cohort.engaged
    }
    seats = {one.person.id: one.free for one in known if one.free > 0 and takes(policy, one.profile, "mentor")}
    pinned = [pair for pair in cohort.pinned if pair[0] not in cohort.engaged]
    needed = mentees | seats.keys() | {person for pair in pinned for person in pair}
    return match_cohort(
        [one.person for one in known if one.person.id in needed],
        seats,
        policy,
        policy_version=cohort.policy_version,
        mentees=mentees,
        managers=cohort.managers,
        tried=cohort.tried,
        pinned=pinned,
        forbidden=cohort.forbidden,
        refused=cohort.chosen.refused,
        preferences=cohort.chosen.preferences,
        groups=cohort.groups,
        progress=_board.write if _board else None,
    )


def _worth(pairs: Collection[Ids], cohort: Cohort, policy: Policy, people: Mapping[PersonId, Person]) -> list[int]:
    """What these pairs score by a policy, of those that it allows."""
    frame = frame_of(
        policy,
        (),
        managers=cohort.managers,
        tried=cohort.tried,
        forbidden=cohort.forbidden,
        refused=cohort.chosen.refused,
        preferences=cohort.chosen.preferences,
    )
    both = [(people[mentee], people[mentor]) for mentee, mentor in pairs]
    return [score(*pair, frame).points for pair in both if broken_rule(*pair, frame) is None]


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
