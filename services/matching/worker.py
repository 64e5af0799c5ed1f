"""What a worker process does: one cohort, from profiles as told to pairs with their proof. It touches no database."""

import multiprocessing
import os
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.event import PersonId
from contracts.matching import Policy
from contracts.profiles import ProfileUpdated
from services.matching.domain.match import Fit
from services.matching.domain.program import takes
from services.matching.domain.run import Answer, Pair, SeatPrice, Unmatched
from services.matching.engine.frame import Pair as Ids
from services.matching.engine.people import person_from

if TYPE_CHECKING:
    from services.matching.engine.cohort import Matched


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


def compute(cohort: Cohort) -> Answer:
    """Matches the cohort."""
    # Numbers and solver belong into this process only: the service stays small.
    from services.matching.engine.cohort import match_cohort  # noqa: PLC0415

    known = [(ProfileUpdated.read(profile), free) for profile, free in cohort.profiles]
    mentees = {
        profile.person_id
        for profile, _ in known
        if takes(cohort.policy, profile, "mentee") and profile.person_id not in cohort.engaged
    }
    seats = {profile.person_id: free for profile, free in known if free > 0 and takes(cohort.policy, profile, "mentor")}
    result = match_cohort(
        [person_from(profile) for profile, _ in known if profile.person_id in mentees | seats.keys()],
        seats,
        cohort.policy,
        policy_version=cohort.policy_version,
        mentees=mentees,
        managers=cohort.managers,
        tried=cohort.tried,
    )
    return Answer(
        pairs=tuple(_pair(cohort, each) for each in result.pairs),
        unmatched=tuple(Unmatched(each.mentee_id, each.rule, each.text) for each in result.unmatched),
        prices=tuple(SeatPrice(each.mentor_id, each.seats, each.taken, each.price) for each in result.prices),
        utilities=result.utilities,
        certificate=dict(result.certificate.as_json()),
    )


def _pair(cohort: Cohort, each: "Matched") -> Pair:
    fit = Fit(cohort.policy_version, each.score.points, each.score.parts, each.reasons)
    return Pair(each.mentee_id, each.mentor_id, fit)


def die_with_parent() -> None:
    """Ends this process when the one that started it is gone, so that a killed service leaves nothing behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for_end_of, args=(parent,), daemon=True).start()


def _wait_for_end_of(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
