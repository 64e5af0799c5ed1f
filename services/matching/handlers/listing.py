"""Finds shortlists and tells of those that are other ones than before."""

import asyncio
from collections.abc import Collection
from datetime import datetime

from chassis import outbox
from chassis.db import Tx
from contracts.event import PersonId
from services.matching.domain.choice import chosen
from services.matching.domain.ruling import Verdict
from services.matching.domain.shortlist import Entry, news
from services.matching.engine.shortlist import Candidate
from services.matching.live_program import LiveProgram
from services.matching.store import choices, people, rulings, shortlists, standing

LENGTH = 5
"""Mentors on a list."""


async def find_lists(tx: Tx, index: LiveProgram, mentees: Collection[PersonId], *, now: datetime) -> None:
    """Finds, saves and tells these lists; whoever left, has a mentor or is no mentee here has none."""
    program_id = index.program.program_id
    known = await people.known(tx, mentees)
    placed = await standing.with_mentor(tx, program_id, mentees)
    tried = await standing.tried(tx, program_id, mentees=mentees)
    forbidden = await rulings.pairs(tx, program_id, Verdict.FORBIDDEN, mentees=mentees)
    own = chosen(await choices.of(tx, program_id, mentees=mentees))
    looking = [one.person for mentee, one in known.items() if mentee not in placed and index.looks(one)]
    # Beside the requests: nobody changes the index meanwhile.
    found = await asyncio.to_thread(
        index.live.shortlists,
        looking,
        LENGTH,
        tried=tried,
        forbidden=forbidden,
        refused=own.refused,
        preferences=own.preferences,
    )
    lists = {mentee: [_entry(each) for each in candidates] for mentee, candidates in found.items()}
    other = await shortlists.save(tx, program_id, lists, now=now)
    gone = await shortlists.remove(tx, program_id, set(mentees) - lists.keys())
    told = [news(index.program, mentee, lists.get(mentee, ())) for mentee in sorted(other | gone)]
    await outbox.tell(tx, told, now=now)


def _entry(candidate: Candidate) -> Entry:
    return Entry(candidate.mentor_id, candidate.score.points, candidate.score.parts, candidate.reasons)
