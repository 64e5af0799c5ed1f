"""What every fault is handed: the platform, its servers, those who use it, and what the command line said."""

import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg

from tests.cluster.caller import Caller
from tests.cluster.load import Load, Tally
from tests.cluster.platform import Platform
from tests.cluster.problems import Broken
from tests.cluster.rows import Row
from tests.cluster.servers import Servers
from tests.waiting import eventually

HEARD_WITHIN = 120.0
_TOLD = """
SELECT key, max(sequence) AS sequence FROM audit.told
WHERE topic = 'profiles.person.v1' AND key LIKE 'load-%' GROUP BY key
"""
_HEARD = """
SELECT person_id, least(m.sequence, e.sequence, n.profile_sequence) AS sequence
FROM matching.people AS m JOIN engagement.people AS e USING (person_id) JOIN notifications.people AS n USING (person_id)
WHERE person_id LIKE 'load-%'
"""


@dataclass(frozen=True)
class Options:
    """The command line."""

    image: str
    image2: str = ""
    host: str = ""
    size: int = 60
    seed: int = 1
    keep: bool = False
    only: str = ""
    kubelet_pid: str = ""
    kubelet_stop: str = ""
    kubelet_start: str = ""
    day_seconds: float = 6.0
    through_pod: bool = False


@dataclass
class Scene:
    """One run."""

    options: Options
    servers: Servers
    platform: Platform
    caller: Caller
    load: Load
    say: Callable[[str], object]
    straight: bool
    """Whether requests go straight to the Services, past the kubelet."""

    async def play(self, row: Row, act: "Act") -> None:
        """Does it while people use the platform; then all that was told is heard, and no request has failed."""
        self.load.tally = Tally()
        self.platform.look_anew()
        with row.recorded():
            try:
                await act(self, row)
                row.saw(f"all that was told is heard {await self.heard():.1f} s later")
            finally:
                row.saw(self.load.tally.words())
            if self.load.tally.failed:
                raise Broken("; ".join(self.load.tally.failed[:3]))

    async def heard(self) -> float:
        """Waits until what is committed now has reached all three services that listen; gives the seconds."""
        begun = time.monotonic()
        connection = await asyncpg.connect(self.servers.admin, timeout=10)
        try:
            told: dict[str, int] = {row[0]: row[1] for row in await connection.fetch(_TOLD)}
            behind: list[str] = []

            async def all_heard() -> bool:
                heard: dict[str, int] = {row[0]: row[1] for row in await connection.fetch(_HEARD)}
                behind[:] = [key for key, sequence in told.items() if heard.get(key, 0) < sequence]
                return not behind

            try:
                await eventually(all_heard, within=HEARD_WITHIN, every=0.1)
            except AssertionError:
                said = f"{len(behind)} changes were not heard within {HEARD_WITHIN:.0f} s: {behind[:5]}"
                raise Broken(said) from None
            return time.monotonic() - begun
        finally:
            with contextlib.suppress(TimeoutError):
                await connection.close(timeout=5)


Act = Callable[[Scene, Row], Awaitable[None]]
