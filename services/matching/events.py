"""What matching hears and tells, which timers it sets, and what it works on beside the requests."""

from datetime import datetime
from typing import Any

from chassis.consumer import on, on_each_batch
from chassis.db import Tx
from chassis.jobs import job
from chassis.rebuild import ReadModel
from chassis.recall import Recall, recall
from chassis.timers import at
from contracts.engagement import RelationshipClosed
from contracts.matching import (
    MatchAccepted,
    MatchDeclined,
    MatchLapsed,
    MatchProposed,
    MatchReminderDue,
    MatchRunCompleted,
    MatchWithdrawn,
    ProgramClosed,
    ProgramOpened,
    ProgramUpdated,
    ShortlistUpdated,
)
from contracts.profiles import PersonLeft, ProfileUpdated
from services.matching.handlers import (
    clockwork,
    computing,
    keeping,
    keeping_people,
    people,
    populations,
    pricing,
    recalling,
    runs,
    saving,
    successors,
    what_ifs,
)
from services.matching.store import keeper, replacements
from services.matching.store import runs as stored_runs
from services.matching.store import what_ifs as stored_what_ifs

HEARS = (
    on_each_batch(ProfileUpdated, people.take_up_profiles),
    on(PersonLeft, people.let_go),
    on(RelationshipClosed, people.free_seat),
)
TELLS = (
    ProgramOpened,
    ProgramUpdated,
    ProgramClosed,
    MatchRunCompleted,
    MatchProposed,
    MatchReminderDue,
    MatchAccepted,
    MatchDeclined,
    MatchLapsed,
    MatchWithdrawn,
    ShortlistUpdated,
)
RECALLS: tuple[Recall[Any], ...] = (
    *(recall(event, recalling.say_program_again) for event in (ProgramOpened, ProgramUpdated, ProgramClosed)),
    recall(ShortlistUpdated, recalling.say_shortlist_again),
    recall(MatchProposed, recalling.call_off),
    *(recall(event, recalling.take_up) for event in (MatchReminderDue, MatchAccepted, MatchDeclined)),
    *(recall(event, recalling.take_up) for event in (MatchLapsed, MatchWithdrawn)),
)
READ_MODELS = (
    ReadModel(
        "people",
        key="person_id",
        versions=("sequence",),
        fills=(
            on_each_batch(ProfileUpdated, keeping_people.keep_profiles),
            on(PersonLeft, keeping_people.keep_departure),
        ),
    ),
)
TIMERS = (at(saving.LAPSES, clockwork.lapse_offer), at(saving.REMINDER, clockwork.remind))
JOBS = (
    job(runs.COHORT_RUNS, computing.compute_next),
    job(what_ifs.WHAT_IFS, what_ifs.compute_next),
    job(saving.NEXT_CANDIDATES, successors.offer_next),
    job(keeping.SHORTLISTS, keeping.keep, every=0.5),
    job(pricing.SEAT_PRICES, pricing.price_next),
    job(populations.POPULATIONS, populations.look_after, every=60),
)


async def busy(tx: Tx, now: datetime) -> dict[str, int]:  # noqa: ARG001 - none of this waits for an instant
    """What is begun and not ended: while any of it is above zero, this service is not quiet."""
    return {
        "runs": await stored_runs.count_unfinished(tx),
        "what_ifs": len(await stored_what_ifs.unfinished(tx)),
        "next_candidates": await replacements.count(tx),
        "shortlist_changes": await keeper.count_changes(tx),
    }
