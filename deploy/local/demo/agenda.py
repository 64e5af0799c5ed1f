"""What simulated people mean to do, by day. The order within a day depends on who they are, not on who knew first."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from itertools import groupby

from deploy.local.demo.platform_api import Refused


class Turn(IntEnum):
    """Acts of one day come in this order; where people compete for seats they act one after the other."""

    LEAVE = 0
    DECLINE = 1
    REQUEST = 2
    ANSWER_REQUEST = 3
    ACCEPT = 4
    WORK_TOGETHER = 5


ONE_BY_ONE = {Turn.LEAVE, Turn.DECLINE, Turn.REQUEST, Turn.ANSWER_REQUEST}


@dataclass(frozen=True)
class Act:
    """Something that somebody does on a day. `who` and `about` place it among the others of its turn."""

    turn: Turn
    who: str
    about: str
    do: Callable[[], Awaitable[object]]


class Agenda:
    """Acts by day."""

    def __init__(self) -> None:
        self._days: dict[date, list[Act]] = defaultdict(list)
        self.refused = 0
        """Acts that came too late: the offer had lapsed, the partner had left."""

    def add(self, day: date, act: Act) -> None:
        """Somebody means to do this on that day."""
        self._days[day].append(act)

    async def live(self, day: date, settle: Callable[[], Awaitable[object]]) -> int:
        """Everybody does what they meant to do on this day; gives how many acts.

        Where people compete, what an act sets off settles before the next one acts.
        """
        acts = sorted(self._days.pop(day, []), key=lambda act: (act.turn, act.who, act.about))
        for turn, group in groupby(acts, key=lambda act: act.turn):
            if turn in ONE_BY_ONE:
                for act in group:
                    await self._try(act)
                    await settle()
            else:
                await asyncio.gather(*(self._try(act) for act in group))
        return len(acts)

    async def _try(self, act: Act) -> None:
        try:
            await act.do()
        except Refused as refusal:
            if refusal.status not in {404, 409}:
                raise
            self.refused += 1
