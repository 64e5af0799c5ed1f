"""What this service does when people change, leave, or end their time together."""

from collections.abc import Sequence
from datetime import datetime

from chassis.db import Tx
from chassis.envelope import Heard
from contracts.engagement import RelationshipClosed
from contracts.event import PersonId
from contracts.matching import ProgramId
from contracts.profiles import PersonLeft, ProfileUpdated
from services.matching.domain import offers
from services.matching.domain.choice import chosen
from services.matching.domain.match import Match
from services.matching.domain.person import Known
from services.matching.domain.seats import beyond
from services.matching.engine.frame import Frame, frame_of
from services.matching.engine.rules import broken_rule
from services.matching.handlers import keeping_people, saving
from services.matching.store import choices, groups, matches, people, programs, seats, standing


async def take_up_profiles(tx: Tx, heard: Sequence[Heard[ProfileUpdated]], *, now: datetime) -> None:
    """Keeps the newest profile of each person.

    Pairs are not disturbed. Open offers that break a rule now are withdrawn, and so are those that hold a seat
    which their mentor took back.
    """
    changed = await keeping_people.keep_profiles(tx, heard, now=now)
    if not changed or not await standing.any_open(tx):
        return
    # A new manager in the middle of a line concerns everybody below.
    concerned = await matches.lock_offers_of(tx, await people.with_all_below(tx, changed))
    broken = await _broken(tx, concerned)
    withdrawn = [offers.withdraw(match, reason="rule-broken", now=now) for match in broken]
    await saving.save(tx, withdrawn, now=now)
    await _give_up_seats(tx, changed, now=now)


async def _broken(tx: Tx, concerned: Sequence[Match]) -> list[Match]:
    """Those offers that the policy they were made under would not allow any more."""
    ids = {ask.person_id for match in concerned for ask in match.asks}
    here = await people.known(tx, ids)
    lines = await people.lines_of(tx, ids)
    broken = []
    for (program_id, version), group in _by_policy(concerned).items():
        policy = await programs.policy(tx, program_id, version)
        # A wish is an answer, so it counts for completeness; a refusal leaves open offers as they are.
        own = chosen(await choices.of(tx, program_id, mentees=[match.mentee.person_id for match in group]))
        frame = frame_of(policy, (), managers=lines, preferences=own.preferences)
        broken += [match for match in group if _breaks(match, here, frame)]
    return broken


def _by_policy(concerned: Sequence[Match]) -> dict[tuple[ProgramId, int], list[Match]]:
    groups: dict[tuple[ProgramId, int], list[Match]] = {}
    for match in concerned:
        groups.setdefault((match.program_id, match.fit.policy_version), []).append(match)
    return groups


def _breaks(match: Match, here: dict[PersonId, Known], frame: Frame) -> bool:
    mentee, mentor = (here.get(ask.person_id) for ask in match.asks)
    if mentee is None or mentor is None:
        return True
    return broken_rule(mentee.person, mentor.person, frame) is not None


async def _give_up_seats(tx: Tx, changed: set[PersonId], *, now: datetime) -> None:
    """Withdraws offers whose seat is no longer there; the table would refuse their successors anyway."""
    overrun = [m for m, taken in (await seats.of(tx, changed)).items() if taken.taken > taken.offered]
    for mentor_id in sorted(overrun):
        held = await matches.holders(tx, [mentor_id])
        offered = (await seats.of(tx, [mentor_id]))[mentor_id].offered
        gone = [offers.withdraw(match, reason="rule-broken", now=now) for match in beyond(offered, held)]
        await saving.save(tx, gone, now=now)


async def let_go(tx: Tx, event: PersonLeft, *, now: datetime) -> None:
    """Withdraws the open offers of who left; running pairs are ended by those who look after them."""
    if not await keeping_people.keep_departure(tx, event, now=now):
        return
    await groups.forget(tx, event.person_id)
    still_open = await matches.lock_offers_of(tx, [event.person_id])
    withdrawn = [offers.withdraw(match, reason="person-left", now=now) for match in still_open]
    await saving.save(tx, withdrawn, now=now)


async def free_seat(tx: Tx, event: RelationshipClosed, *, now: datetime) -> None:
    """Gives back the seat and the mentee's place; the pair is never proposed again in this program."""
    match = await matches.lock(tx, event.match_id)
    if match is not None:
        await saving.save_change(tx, match, (offers.end(match, now=now), []), now=now)
