"""What a worker process does: one cohort, from profiles as told to pairs with their proof. It touches no database."""

import multiprocessing
import os
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from contracts.event import PersonId
from contracts.matching import Policy
from contracts.profiles import ProfileUpdated
from services.matching.domain.program import takes
from services.matching.engine.cohort import CohortResult, match_cohort
from services.matching.engine.frame import Pair
from services.matching.engine.people import person_from


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
    tried: Collection[Pair]


def compute(cohort: Cohort) -> CohortResult:
    """Matches the cohort."""
    known = [(ProfileUpdated.read(profile), free) for profile, free in cohort.profiles]
    mentees = {
        profile.person_id
        for profile, _ in known
        if takes(cohort.policy, profile, "mentee") and profile.person_id not in cohort.engaged
    }
    seats = {profile.person_id: free for profile, free in known if free > 0 and takes(cohort.policy, profile, "mentor")}
    return match_cohort(
        [person_from(profile) for profile, _ in known if profile.person_id in mentees | seats.keys()],
        seats,
        cohort.policy,
        policy_version=cohort.policy_version,
        mentees=mentees,
        managers=cohort.managers,
        tried=cohort.tried,
    )


def die_with_parent() -> None:
    """Ends this process when the one that started it is gone, so that a killed service leaves nothing behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for_end_of, args=(parent,), daemon=True).start()


def _wait_for_end_of(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
