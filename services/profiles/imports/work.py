"""The job that works through HR files: batch by batch, each with its progress in one transaction.

A file is read twice. First it is scanned for doubles, unknown managers and circles, which need all of it; then
its rows are applied. A process that dies leaves the batch before it; the next one goes on from there.
"""

import asyncio
from datetime import datetime

import structlog

from chassis.db import Tx
from chassis.running import Running
from services.hr_file.circles import circles
from services.hr_file.entry import Entry, Refusal, edge, read_entry
from services.hr_file.header import Header
from services.hr_file.judging import judge
from services.hr_file.rows import Place, Row, read_rows
from services.profiles import handlers
from services.profiles.imports import lines, store
from services.profiles.imports.store import Import

log = structlog.get_logger()


async def go_on(running: Running) -> bool:
    """Does the next batch of the oldest open file; False when there is none."""
    # Repeatable: the place moves in the same transaction, so a batch that was saved is not found again.
    return await running.database.run(lambda tx: _next_batch(tx, now=running.clock.now()), repeatable=True)


async def _next_batch(tx: Tx, *, now: datetime) -> bool:
    current = await store.next_open(tx) if await store.hold_turn(tx) else None
    if current is None or current.header is None:
        return False
    rows, place = await _read(tx, current, current.header)
    if current.state == "scanning":
        await lines.keep(tx, current.id, [found for row in rows if (found := edge(row, current.header))])
    else:
        await _apply(tx, current, current.header, rows, now=now)
    if place.offset < current.size:
        await store.move(tx, current, place, state=current.state)
    elif current.state == "scanning":
        await _look_at_managers(tx, current)
    else:
        await store.finish(tx, current, now=now)
        log.info("import.done", import_id=str(current.id))
    return True


async def _read(tx: Tx, current: Import, header: Header) -> tuple[list[Row], Place]:
    """The next rows; more bytes are fetched until there is at least one whole row."""
    chunks, place = 4, current.place  # the rest of one and the three next: some 1 500 rows share a commit
    rows: list[Row] = []
    while place == current.place and place.offset < current.size:
        data = await store.read_chunks(tx, current, chunks)
        last = current.place.offset + len(data) >= current.size
        rows, place = await asyncio.to_thread(read_rows, data, header, current.place, last=last)
        chunks *= 2
    return rows, place


async def _look_at_managers(tx: Tx, current: Import) -> None:
    """The whole file was scanned: marks managers nobody knows and circles, then begins anew to apply the rows."""
    await lines.expect_many(tx)
    await lines.mark_unknown_managers(tx, current.id)
    found = await asyncio.to_thread(circles, await lines.managers(tx, current.id))
    id_of = await lines.ids_of(tx, current.id, [place for each in found for place in each]) if found else {}
    for each in found:
        await lines.mark_circle(tx, current.id, [id_of[place] for place in each])
    await store.move(tx, current, Place(current.rows_from, 2), state="applying")


async def _apply(tx: Tx, current: Import, header: Header, rows: list[Row], *, now: datetime) -> None:
    read = await asyncio.to_thread(_entries, rows, header)
    spoken_of = await lines.of_people(tx, current.id, [each.person_id for _, each in read if isinstance(each, Entry)])
    judged = [judge(row, each, spoken_of, header) for row, each in read]
    refusals = [each for each in judged if isinstance(each, Refusal)]
    taken = await handlers.take_in(tx, [each for each in judged if isinstance(each, Entry)], now=now)
    await store.keep_rejections(tx, current, refusals)
    await store.count(tx, current, taken, len(refusals))


def _entries(rows: list[Row], header: Header) -> list[tuple[Row, Entry | Refusal]]:
    return [(row, read_entry(row, header)) for row in rows]
