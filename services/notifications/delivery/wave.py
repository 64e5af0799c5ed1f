"""As many letters as there are connections, handed over together.

Every step is written down before the next one begins:
  1. each letter is written and brought to the point where only the final dot is missing;
  2. one commit says which of them are about to be handed over;
  3. the dots are sent and the answers awaited;
  4. one transaction keeps the answers and tells of them.
Stopped before 2, nothing has happened. Stopped between 2 and 4, the letters are in doubt (`docs/letters.md`).
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from opentelemetry.trace import Span

from chassis.running import Running
from services.notifications import metrics
from services.notifications.delivery import traced
from services.notifications.delivery.lane import Lane
from services.notifications.domain.fate import Outcome, one_more_attempt
from services.notifications.domain.letter import Letter
from services.notifications.handlers import sending
from services.notifications.settings import Settings
from services.notifications.store.sending import mark_sending
from services.notifications.writing.compose import Known
from services.notifications.writing.envelope import Envelope, NoUsableAddress, put_into_envelope
from services.notifications.writing.message import Sender

log = structlog.get_logger()


@dataclass(frozen=True)
class Post:
    """What sending a wave needs."""

    running: Running
    settings: Settings
    lanes: Sequence[Lane]
    locked: Any
    """The connection that holds the sender's lock."""
    turn: asyncio.Lock
    """Whose turn it is to use that connection."""

    async def send(self, letters: Sequence[Letter], known: Known) -> None:
        """Sends these, at most one per lane."""
        now = self.running.clock.now()
        letters, opened = self._begin([one_more_attempt(letter, now=now) for letter in letters], known, now)
        written = [self._write(letter, known) for letter in letters]
        prepared = await asyncio.gather(*map(_prepare, self.lanes, written))
        ready = [each.letter for each in prepared if isinstance(each, Envelope)]
        async with self.turn:
            marked = await mark_sending(self.locked, ready) if ready else set()
        outcomes = await asyncio.gather(*(_finish(*each, marked) for each in zip(self.lanes, prepared, strict=False)))
        for span, outcome in zip(opened, outcomes, strict=True):
            traced.end(span, outcome)
        tried = [
            (written_one.letter if isinstance(written_one, Envelope) else letter, outcome)
            for letter, written_one, outcome in zip(letters, written, outcomes, strict=True)
            if outcome is not None
        ]
        await self._keep(tried, marked)

    def _begin(self, letters: list[Letter], known: Known, now: datetime) -> tuple[list[Letter], list[Span | None]]:
        url = self.settings.smtp_url.get_secret_value()
        begun = [traced.begin(each, known.items.get(each.id, ()), smtp_url=url, now=now) for each in letters]
        return [letter for letter, _ in begun], [span for _, span in begun]

    def _write(self, letter: Letter, known: Known) -> Envelope | Outcome:
        settings, now = self.settings, self.running.clock.now()
        sender = Sender(settings.sender_name, settings.sender_address)
        base_url = str(settings.public_base_url) if settings.public_base_url else None
        try:
            return put_into_envelope(letter, known, sender=sender, base_url=base_url, now=now)
        except NoUsableAddress:
            return Outcome("refused")
        except Exception as error:
            # One letter that cannot be written must not hold up the others; it is tried again after a release.
            log.exception("letter.not_written", letter_id=str(letter.id), template=letter.template, exc_info=error)
            return Outcome("not-now")

    async def _keep(self, tried: list[tuple[Letter, Outcome]], marked: set[Any]) -> None:
        now, in_doubt = self.running.clock.now(), self.settings.letters_in_doubt
        await self.running.database.run(
            lambda tx: sending.keep_outcomes(tx, tried, handed_over=marked, in_doubt=in_doubt, now=now),
            repeatable=True,
        )
        for letter, outcome in tried:
            _log(letter, outcome)


async def _prepare(lane: Lane, written: Envelope | Outcome) -> Envelope | Outcome:
    if isinstance(written, Outcome):
        return written
    return await lane.prepare(written) or written


async def _finish(lane: Lane, prepared: Envelope | Outcome, marked: set[Any]) -> Outcome | None:
    """None: something overtook the letter, and it was dropped before the dot."""
    if isinstance(prepared, Outcome):
        return prepared
    if prepared.letter.id not in marked:
        lane.let_drop()
        return None
    return await lane.hand_over()


def _log(letter: Letter, outcome: Outcome) -> None:
    metrics.LETTERS_TRIED.labels(letter.template, outcome.kind).inc()
    log.log(
        logging.INFO if outcome.kind == "taken" else logging.WARNING,
        "letter.tried",
        correlation_id=str(letter.cause.correlation_id),
        letter_id=str(letter.id),
        template=letter.template,
        outcome=outcome.kind,
        code=outcome.code,
        attempt=letter.attempts,
    )
