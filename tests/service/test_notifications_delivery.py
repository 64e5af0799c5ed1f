"""Refused, busy, gone, killed at each point: what becomes of letters then."""

import asyncio
from datetime import timedelta

import pytest

from contracts.engagement import AgreementDue, CheckinMissed, RelationshipStarted
from contracts.notifications import LetterFailed, LetterSent, LetterSuppressed
from services.notifications.__main__ import SERVICE
from services.notifications.delivery import wave
from tests.harness import MONDAY
from tests.service.dying import die_working
from tests.service.test_notifications_letters import ADA, DAY, GRACE, an, an_offer, known
from tests.service.test_notifications_mail_server import a_mail_server

HOUR = timedelta(hours=1)
DYING = """
import asyncio, json, os, sys
from services.notifications.__main__ import SERVICE
from services.notifications.delivery import wave
from services.notifications.delivery.lane import Lane
from chassis.process import start

async def die(*_, **__):
    os._exit(9)

async def hand_over_and_die(lane):
    await hand_over(lane)
    os._exit(9)

hand_over = Lane.hand_over
point = sys.argv[1]
if point == "before the mark":
    wave.mark_sending = die
elif point == "before the dot":
    Lane.hand_over = die
elif point == "after the answer":
    Lane.hand_over = hand_over_and_die

async def main():
    running = await start(SERVICE, SERVICE.settings(**json.loads(sys.stdin.read())))
    await running.clock.refresh(running.pool)
    while await SERVICE.jobs[0].work(running):
        pass
    os._exit(9)

asyncio.run(main())
"""


@pytest.fixture
async def mail():
    async with a_mail_server() as server:
        yield server


@pytest.fixture
def make(a_world, mail):
    async def make(*, ada="ada@corp.example", **more):
        world = await a_world(SERVICE, smtp_url=mail.url, **more)
        await world.hear(*known(ADA, "Ada", "en", email=ada), *known(GRACE, "Grace", "en"))
        return world

    return make


async def die_sending(world, point: str) -> None:
    """Another process sends what is due and is killed at this point."""
    await die_working(world, DYING, point)
    # PostgreSQL may not have noticed yet: its lock is waited for, as nobody else holds it.
    async with world.pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock(hashtext('letters'), 1)")
        await connection.execute("SELECT pg_advisory_unlock(hashtext('letters'), 1)")


@pytest.mark.parametrize("in_doubt", ["assume-sent", "send-again"])
@pytest.mark.parametrize(
    ("point", "arrived"),
    [
        ("before the mark", {"assume-sent": 1, "send-again": 1}),
        ("before the dot", {"assume-sent": 0, "send-again": 1}),
        ("after the answer", {"assume-sent": 1, "send-again": 2}),
        ("when all is done", {"assume-sent": 1, "send-again": 1}),
    ],
)
async def test_killed_at_any_point_a_letter_is_told_once_and_arrives_as_the_rule_says(
    make, mail, point, arrived, in_doubt
):
    world = await make(letters_in_doubt=in_doubt)
    await world.hear(an_offer().model_copy(update={"undecided": (ADA,)}))
    await die_sending(world, point)
    await world.run_jobs()
    await world.clock.set(MONDAY + timedelta(minutes=2))
    await world.run_jobs()
    assert len(mail.letters) == arrived[in_doubt]
    assert len(set(mail.message_ids())) <= 1, "a letter sent again keeps its Message-ID"
    assert len(await world.told(LetterSent)) == 1
    doubted = await world.pool.fetchval("SELECT NOT confirmed FROM letters")
    assert doubted == (in_doubt == "assume-sent" and point in ("before the dot", "after the answer"))


async def test_a_digest_in_doubt_takes_its_lines_along(make, mail):
    world = await make()
    await world.hear(an(AgreementDue), an(CheckinMissed, person_id=ADA, due_at=MONDAY))
    await world.clock.set(MONDAY + DAY)
    await die_sending(world, "after the answer")
    await world.run_jobs()
    assert await world.pool.fetchval("SELECT count(*) FROM letters WHERE status <> 'sent'") == 0
    assert len(await world.told(LetterSent)) == 5
    assert len(mail.letters) in (1, 2), "the other one was handed over at the same time, or not yet"


async def test_a_stop_waits_for_what_is_in_hand(make, mail, monkeypatch):
    world = await make()
    await world.hear(an_offer())
    task = asyncio.create_task(SERVICE.jobs[0].work(world.running))
    await mail.arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(await world.told(LetterSent)) == 2


async def test_a_refused_address_fails_once(make, mail):
    world = await make(ada="ada@refused.example")
    await world.hear(an_offer())
    await world.run_jobs()
    failed = await world.told(LetterFailed)
    assert [(each.person_id, each.reason, each.attempts) for each in failed] == [(ADA, "address-refused", 1)]
    assert len(mail.letters) == 1


@pytest.mark.parametrize("address", ["a@b@c.example", "ada@corp.example\r\nBcc: all@corp.example", "nobody", ""])
async def test_an_address_that_is_none_is_refused_without_asking(make, mail, address):
    world = await make(ada=address or " ")
    await world.hear(an_offer())
    await world.run_jobs()
    assert [each.reason for each in await world.told(LetterFailed)] == ["address-refused"]
    assert len(mail.letters) == 1


async def test_a_busy_mailbox_is_tried_again_ever_more_rarely_and_given_up(make, mail):
    world = await make(ada="ada@busy.example")
    await world.hear(an(RelationshipStarted))
    tries = []
    for hours in range(0, 80, 4):
        await world.clock.set(MONDAY + hours * HOUR)
        await world.run_jobs()
        tries.append(await world.pool.fetchval("SELECT attempts FROM letters WHERE person_id = 'ada'"))
    assert tries[0] == 1
    assert 8 < tries[-1] < 20
    failed = await world.told(LetterFailed)
    assert [(each.person_id, each.reason, each.attempts) for each in failed] == [(ADA, "gave-up", tries[-1])]


async def test_a_mail_server_that_was_away_gets_everything_later(make, mail):
    world = await make()
    port, mail.port = mail.port, 9
    await world.hear(an_offer())
    world.running.settings = world.running.settings.model_copy(update={"smtp_url": _secret("smtp://127.0.0.1:9")})
    await world.run_jobs()
    assert mail.letters == []
    world.running.settings = world.running.settings.model_copy(update={"smtp_url": _secret(f"smtp://127.0.0.1:{port}")})
    await world.clock.set(MONDAY + timedelta(minutes=2))
    await world.run_jobs()
    assert len(mail.letters) == 2


def _secret(url):
    from pydantic import SecretStr

    return SecretStr(url)


async def test_a_letter_overtaken_just_before_the_dot_is_not_sent(make, mail, monkeypatch):
    world = await make()
    await world.hear(an_offer())
    mark = wave.mark_sending

    async def overtake(connection, letters):
        await world.pool.execute(
            "UPDATE letters SET status = 'suppressed', reason = 'outdated', done_at = now() WHERE person_id = 'ada'"
        )
        return await mark(connection, letters)

    monkeypatch.setattr(wave, "mark_sending", overtake)
    await world.run_jobs()
    assert [each["To"].addresses[0].username for each in mail.letters] == [GRACE]
    assert [each.person_id for each in await world.told(LetterSent)] == [GRACE]


async def test_two_senders_do_not_send_a_letter_twice(make, mail, a_world):
    world = await make()
    other = await a_world(SERVICE, database=world.database, smtp_url=mail.url)
    for number in range(20):
        await world.hear(*known(f"p{number}", "P", "en"))
        event = an_offer().model_copy(update={"undecided": (f"p{number}",), "mentee_id": f"p{number}"})
        await world.hear(event)
    await asyncio.gather(world.run_jobs(), other.run_jobs(), world.run_jobs(), other.run_jobs())
    await world.run_jobs()
    assert len(mail.letters) == len(set(mail.message_ids())) == 20


async def test_one_letter_that_cannot_be_written_does_not_hold_up_the_others(make, mail):
    world = await make()
    await world.hear(an_offer())
    await world.pool.execute("UPDATE letters SET facts = facts - 'expires_at' WHERE person_id = 'ada'")
    await world.run_jobs()
    assert [each["To"].addresses[0].username for each in mail.letters] == [GRACE]


async def test_the_budget_holds_though_the_mail_server_was_away_for_days(make, mail):
    world = await make()
    away = world.running.settings.model_copy(update={"smtp_url": _secret("smtp://127.0.0.1:9")})
    there, world.running.settings = world.running.settings, away
    for day in range(3):
        await world.clock.set(MONDAY + day * DAY)
        for _ in range(2):
            await world.hear(an(RelationshipStarted, relationship_id=_id()))
        await world.run_jobs()
    world.running.settings = there
    await world.clock.set(MONDAY + 3 * DAY)
    await world.run_jobs()
    single = [each for each in mail.letters if each["X-Mentoring-Template"] == "introduction"]
    assert len([each for each in single if each["To"].addresses[0].username == ADA]) <= 3
    assert {each.reason for each in await world.told(LetterSuppressed)} == {"budget"}


def _id():
    from uuid import uuid4

    return uuid4()
