"""The owner of a webhook is told, in a letter, that it is paused."""

from datetime import timedelta

import pytest

from contracts.notifications import LetterSent
from contracts.webhooks import SubscriptionPaused
from services.notifications.__main__ import SERVICE
from tests.harness import MONDAY
from tests.service.test_notifications_letters import ADA, known
from tests.service.test_notifications_mail_server import a_mail_server

PAUSED = SubscriptionPaused.example().model_copy(
    update={"person_id": ADA, "receiver": "hooks.corp.example", "description": "Badges"}
)


@pytest.fixture
async def mail():
    async with a_mail_server() as server:
        yield server


@pytest.mark.parametrize(
    ("language", "reason", "says"),
    [
        ("en", "gave-up", "has not taken our requests since Monday 11 January 2027, 10:00 (Berlin time)"),
        ("en", "gone", "answered that it is gone (410)"),
        ("de", "gave-up", "hat seit Montag, 11. Januar 2027, 10:00 Uhr (Zeitzone Berlin) unsere Anfragen nicht"),
    ],
)
async def test_the_owner_reads_what_is_paused_since_when_and_what_to_do(a_world, mail, language, reason, says):
    world = await a_world(SERVICE, smtp_url=mail.url)
    await world.hear(*known(ADA, "Ada", language))
    event = PAUSED.model_copy(update={"reason": reason})
    (event_id,) = await world.hear(event)
    await world.forget_heard()
    await world.hear(event, event_id=event_id)  # heard twice
    await world.clock.set(MONDAY + timedelta(days=1))
    await world.run_jobs()
    (letter,) = mail.letters
    assert "hooks.corp.example" in letter["Subject"]
    text = " ".join(letter.get_body(("plain",)).get_content().split())
    assert says in text
    assert "Badges" in text
    assert str(PAUSED.subscription_id) in text
    (told,) = await world.told(LetterSent)
    assert told.template == "webhook-paused"
