"""The job that works through HR files: batch by batch, each with its progress in one transaction.

A file is read twice. First it is scanned for doubles, unknown managers and circles, which need all of it; then
its rows are applied. A process that dies leaves the batch before it; the next one goes on from there.
"""

import asyncio
from datetime import datetime

import structlog

from chassis import spans
from chassis.db import Tx
from chassis.running import Running
from services.hr_file.circles import circles
from services.hr_file.entry import Entry, Refusal
from services.hr_file.header import Header
from services.hr_file.judging import judge
from services.hr_file.rows import Place, Row
from services.profiles import handlers
from services.profiles.imports import lines, store
from services.profiles.imports.reading import Reader
from services.profiles.imports.store import Import

log = structlog.get_logger()


class Importer:
    """Goes through the files of one process, one batch at a time."""

    def __init__(self) -> None:
        self._reader = Reader()

    async def go_on(self, running: Running) -> bool:
        """Does the next batch of the oldest open file; False when there is none."""
        # Repeatable: the place moves in the same transaction, so a batch that was saved is not found again.
        return await running.database.run(lambda tx: self._next_batch(tx, now=running.clock.now()), repeatable=True)

    async def _next_batch(self, tx: Tx, *, now: datetime) -> bool:
        current = await store.next_open(tx) if await store.hold_turn(tx) else None
        if current is None or current.header is None:
            return False
        batch = await self._reader.read(tx, current, current.header)
        if current.state == "scanning":
            await lines.keep(tx, current.id, batch.edges)
        else:
            with spans.work(tx, "job imports"):
                await _apply(tx, current, current.header, batch.entries, now=now)
        if batch.place.offset < current.size:
            await store.move(tx, current, batch.place, state=current.state)
        elif current.state == "scanning":
            await _look_at_managers(tx, current)
        else:
            await store.finish(tx, current, now=now)
            log.info("import.done", import_id=str(current.id))
        return True


async def _look_at_managers(tx: Tx, current: Import) -> None:
    """The whole file was scanned: marks managers nobody knows and circles, then begins anew to apply the rows."""
    await lines.expect_many(tx)
    await lines.mark_unknown_managers(tx, current.id)
    found = await asyncio.to_thread(circles, await lines.managers(tx, current.id))
    id_of = await lines.ids_of(tx, current.id, [place for each in found for place in each]) if found else {}
    for each in found:
        await lines.mark_circle(tx, current.id, [id_of[place] for place in each])
    await store.move(tx, current, Place(current.rows_from, 2), state="applying")


async def _apply(
    tx: Tx, current: Import, header: Header, entries: list[tuple[Row, Entry | Refusal]], *, now: datetime
) -> None:
    spoken_of = await lines.of_people(
        tx, current.id, [each.person_id for _, each in entries if isinstance(each, Entry)]
    )
    judged = [judge(row, each, spoken_of, header) for row, each in entries]
    refusals = [each for each in judged if isinstance(each, Refusal)]
    taken = await handlers.take_in(tx, [each for each in judged if isinstance(each, Entry)], now=now)
    await store.keep_rejections(tx, current, refusals)
    await store.count(tx, current, taken, len(refusals))
