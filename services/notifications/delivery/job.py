"""The job that sends what is due. One process does it at a time; any other stands by."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from chassis.running import Running
from services.notifications import metrics
from services.notifications.delivery.lane import Lane, Server
from services.notifications.delivery.wave import Post
from services.notifications.domain.letter import Letter
from services.notifications.handlers import sending
from services.notifications.settings import Settings
from services.notifications.store.sending import anything_to_do, become_the_only_sender, step_back
from services.notifications.writing.compose import Known

log = structlog.get_logger()

TRAINS = 2


async def send_due_letters(running: Running) -> bool:
    """Sends what is due now; True if it did something, so that there may be more."""
    async with running.pool.acquire() as connection:
        if not await anything_to_do(connection, running.clock.now()):
            return False
        if not await become_the_only_sender(connection):
            return False
        try:
            return await _to_its_end(_send(running, connection))
        finally:
            await step_back(connection)


async def _send(running: Running, locked: Any) -> bool:
    settings: Settings = running.settings
    now = running.clock.now()
    doubtful = await running.database.run(
        lambda tx: sending.settle_doubts(tx, in_doubt=settings.letters_in_doubt, now=now), repeatable=True
    )
    if doubtful:
        metrics.LETTERS_IN_DOUBT.inc(doubtful)
        log.warning("letters.in_doubt", count=doubtful, taken_as=settings.letters_in_doubt)
    due = await running.database.run(
        lambda tx: sending.sort_out_due(tx, a_week=settings.letters_a_week, now=now), repeatable=True
    )
    if due:
        known = await running.database.run(lambda tx: sending.look_up(tx, due, now=now), repeatable=True)
        await _send_in_waves(running, locked, await _without_empty(running, due, known), known)
    return True


async def _send_in_waves(running: Running, locked: Any, letters: list[Letter], known: Known) -> None:
    """Two waves are under way at a time: one is written while the mail server is busy with the other."""
    size = max(1, min(len(letters), running.settings.smtp_connections) // TRAINS)
    waves = iter([letters[start : start + size] for start in range(0, len(letters), size)])
    turn = asyncio.Lock()
    async with _lanes(running.settings, size * TRAINS) as lanes:
        posts = [
            Post(running, running.settings, lanes[at * size : (at + 1) * size], locked, turn) for at in range(TRAINS)
        ]
        # Gathered to the end even if one fails: a wave that is cut off would leave letters in doubt.
        ends = await asyncio.gather(*(_carry(post, waves, known) for post in posts), return_exceptions=True)
    for end in ends:
        if end is not None:
            raise end


async def _carry(post: Post, waves: Iterator[list[Letter]], known: Known) -> None:
    for letters in waves:
        await post.send(letters, known)


async def _without_empty(running: Running, letters: list[Letter], known: Known) -> list[Letter]:
    """Drops digests of which everything was overtaken."""
    now = running.clock.now()
    empty = [each for each in letters if each.template == "digest" and not known.items.get(each.id)]
    for letter in empty:
        await running.database.run(lambda tx, each=letter: sending.drop_empty(tx, each, now=now))  # type: ignore[misc]
    return [each for each in letters if each not in empty]


@asynccontextmanager
async def _lanes(settings: Settings, count: int) -> AsyncIterator[list[Lane]]:
    server = Server(settings.smtp_url.get_secret_value(), settings.sender_address, settings.smtp_timeout_seconds)
    lanes = [Lane(server) for _ in range(count)]
    try:
        yield lanes
    finally:
        await asyncio.gather(*(lane.close() for lane in lanes))


async def _to_its_end(work: Coroutine[Any, Any, bool]) -> bool:
    """Finishes what is in hand when the process is asked to stop: a letter is never left half handed over."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
