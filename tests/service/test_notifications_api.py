"""A person's letters and choices over HTTP."""

from datetime import timedelta

import pytest

from contracts.notifications import LetterSuppressed
from services.notifications.__main__ import SERVICE
from tests.harness import MONDAY
from tests.service.test_notifications_letters import ADA, DAY, GRACE, an_offer, known
from tests.service.test_notifications_mail_server import a_mail_server


@pytest.fixture
async def mail():
    async with a_mail_server() as server:
        yield server


@pytest.fixture
async def world(a_world, mail):
    world = await a_world(SERVICE, smtp_url=mail.url)
    await world.hear(*known(ADA, "Ada", "de"), *known(GRACE, "Grace", "en"))
    return world


async def test_a_person_sees_their_letters_with_subjects_page_by_page(world):
    for _ in range(3):
        await world.hear(an_offer(match_id=_id()))
    await world.run_jobs()
    client = world.client("participant", ADA)
    first = (await client.get("/v1/people/ada/letters?limit=2")).json()
    rest = (await client.get("/v1/people/ada/letters", params={"cursor": first["next"]})).json()
    letters = first["items"] + rest["items"]
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    assert len({each["letter_id"] for each in letters}) == 3
    assert {(each["status"], each["template"], each["language"]) for each in letters} == {("sent", "offer", "de")}
    assert all("Grace" in each["subject"] for each in letters)


@pytest.mark.parametrize(
    ("role", "subject", "scopes", "status"),
    [
        ("participant", GRACE, (), 404),
        ("coordinator", "carl", (), 404),
        ("administrator", "root", (), 200),
        ("system", "payroll", (), 404),
        ("system", "payroll", ("notifications.read",), 200),
    ],
)
async def test_others_see_no_subjects_and_most_see_nothing(world, role, subject, scopes, status):
    await world.hear(an_offer())
    await world.run_jobs()
    answer = await world.client(role, subject, scopes=scopes).get("/v1/people/ada/letters")
    assert answer.status_code == status
    assert "Grace" not in answer.text
    assert "@" not in answer.text


async def test_preferences_begin_with_defaults_and_keep_what_is_chosen(world):
    client = world.client("participant", ADA)
    assert (await client.get("/v1/people/ada/preferences")).json() == {
        "language": None,
        "digest_only": False,
        "muted": [],
    }
    chosen = {"language": "en", "digest_only": True, "muted": ["checkin-missed", "reminder"]}
    for _ in range(2):
        answer = await client.put("/v1/people/ada/preferences", json=chosen)
        assert (answer.status_code, answer.json()) == (200, chosen)
    assert (await client.get("/v1/people/ada/preferences")).json() == chosen


async def test_a_chosen_language_is_written(world, mail):
    await world.client("participant", ADA).put("/v1/people/ada/preferences", json={"language": "en"})
    await world.hear(an_offer())
    await world.run_jobs()
    assert mail.to("ada@corp.example")["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"language": "tlh"}, "language"),
        ({"muted": ["offer"]}, "muted"),
        ({"muted": ["nonsense"]}, "muted"),
        ({"digest_only": "perhaps"}, "digest_only"),
        ({"telepathy": True}, "telepathy"),
    ],
)
async def test_a_choice_that_cannot_be_kept_is_refused_by_name(world, body, field):
    answer = await world.client("participant", ADA).put("/v1/people/ada/preferences", json=body)
    assert answer.status_code == 422
    assert field in answer.text


async def test_nobody_chooses_for_somebody_else(world):
    for role in ("participant", "coordinator", "administrator"):
        client = world.client(role, GRACE)
        assert (await client.get("/v1/people/ada/preferences")).status_code == 404
        assert (await client.put("/v1/people/ada/preferences", json={})).status_code == 404


async def test_what_is_muted_is_held_back_even_if_it_was_planned_before(world, mail):
    night = MONDAY + timedelta(hours=12)
    await world.clock.set(night)
    from contracts.matching import MatchReminderDue
    from tests.service.test_notifications_letters import an

    await world.hear(an(MatchReminderDue, person_id=ADA, expires_at=night + 3 * DAY))
    await world.client("participant", ADA).put("/v1/people/ada/preferences", json={"muted": ["reminder"]})
    await world.hear(an(MatchReminderDue, person_id=ADA, number=2, expires_at=night + 3 * DAY))
    await world.clock.set(night + DAY)
    await world.run_jobs()
    assert mail.letters == []
    assert [each.reason for each in await world.told(LetterSuppressed)] == ["preference", "preference"]


async def test_the_service_is_busy_until_due_letters_are_out(world):
    assert (await world.running.work())["busy"] == {"due": 0, "sending": 0}
    await world.hear(an_offer())
    assert (await world.running.work())["busy"] == {"due": 2, "sending": 0}
    await world.run_jobs()
    assert (await world.running.work())["busy"] == {"due": 0, "sending": 0}


async def test_no_log_line_holds_a_name_or_an_address(world, mail, capsys):
    await world.hear(*known("bea", "Beatrix Unmistakable", "en", email="bea@refused.example"))
    await world.hear(an_offer(mentee_id="bea").model_copy(update={"undecided": ("bea", GRACE)}))
    await world.run_jobs()
    lines = capsys.readouterr().out
    assert "letter.tried" in lines
    assert "Unmistakable" not in lines
    assert "@" not in lines


def _id():
    from uuid import uuid4

    return uuid4()
