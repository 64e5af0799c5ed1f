"""Everything about one thing, from its beginning to its end, however many correlation ids it went through.

A story goes on for weeks: people act, each time with a correlation id of their own, and timers fire. What holds it
together is its key, and what one story led to. So: all events of the key; all events that these caused, and the whole
story of each key that began this way; the whole story of the event that caused the first one; and of everything that
their bodies name by id, how it began and how it stood when the story began.
"""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from chassis.stories import Told

MOST_PASSES = 12
Read = Callable[[], AsyncIterator[Told]]


async def follow_key(read: Read, wanted: str) -> list[Told]:
    """The whole story of the thing with this id; empty if nothing on the topics is about it."""
    core = _Core(wanted)
    for _ in range(MOST_PASSES):
        async for told in read():
            core.take(told)
        if not core.grew():
            break
    if not core.events:
        return []
    background = _Background(core)
    async for told in read():
        background.take(told)
    return [*background.events(), *core.events.values()]


class _Core:
    """Stories that belong together by what led to what. It takes several passes, as causes stand on other topics."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._stories: set[tuple[str, str]] = set()
        self._causes: set[str] = set()
        """Ids of the events that led to the beginning of a story of ours."""
        self.events: dict[str, Told] = {}
        self._before = (0, 0, 0)

    def take(self, told: Told) -> None:
        """Keeps the event if it belongs here."""
        caused = told.causation_id in self.events
        if told.id in self._causes or (caused and told.begins_its_story) or told.key == self._wanted:
            self._stories.add(told.story)
        if caused or told.story in self._stories:
            self.events.setdefault(told.id, told)
            if told.begins_its_story and told.causation_id and told.story in self._stories:
                self._causes.add(told.causation_id)

    def grew(self) -> bool:
        """Whether this pass has brought anything that the one before did not know."""
        now = (len(self.events), len(self._stories), len(self._causes))
        before, self._before = self._before, now
        return now != before

    @property
    def begins(self) -> str:
        """When the first of its events was told."""
        return min(told.time for told in self.events.values())

    def names(self) -> set[str]:
        """Ids that the bodies name, of things that are not in the core."""
        own = {key for _, key in self._stories}
        return {each for told in self.events.values() for each in _ids_in(told.body)} - own


class _Background:
    """Of what the core speaks of: the first event of each key, and the last one before the core began."""

    def __init__(self, core: _Core) -> None:
        self._names, self._begins, self._core = core.names(), core.begins, core.events
        self._first: dict[tuple[str, str], Told] = {}
        self._last: dict[tuple[str, str], Told] = {}

    def take(self, told: Told) -> None:
        """Notes the event if it is one of those."""
        if told.key in self._names and told.id not in self._core:
            self._first.setdefault(told.story, told)
            if told.time <= self._begins:
                self._last[told.story] = told

    def events(self) -> list[Told]:
        """Each once."""
        return list({told.id: told for told in (*self._first.values(), *self._last.values())}.values())


def _ids_in(body: bytes) -> set[str]:
    """Values of the fields that name something: those that end in `_id`."""
    try:
        read: Any = json.loads(body or b"{}")
    except ValueError:
        return set()
    if not isinstance(read, dict):
        return set()
    return {value for name, value in read.items() if name.endswith("_id") and isinstance(value, str)}
