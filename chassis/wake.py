"""Bells that wake a loop of this process the moment there is something for it to do."""

import asyncio
from collections import defaultdict


class Bell:
    """Rings once for any number of pulls; who comes later hears a ring that it missed."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wakes who listens."""
        self._rung.set()

    async def heard(self, *, timeout: float) -> bool:  # noqa: ASYNC109 - a bound, not an error
        """Waits for a ring, at most `timeout` seconds; True if there was one."""
        try:
            async with asyncio.timeout(timeout):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


class Bells:
    """One bell per name."""

    def __init__(self) -> None:
        self._bells: dict[str, Bell] = defaultdict(Bell)

    def __getitem__(self, name: str) -> Bell:
        """The bell of that name."""
        return self._bells[name]

    def ring(self, names: set[str]) -> None:
        """Rings several."""
        for name in names:
            self._bells[name].ring()
