"""Subscriptions through the API: whose they are, what is refused, and a secret that is shown once and kept nowhere."""

import pytest

from tests.receivers import a_receiver
from tests.service.webhooks_example import MINUTE, OWNER, PATH, accepted, ask, deliveries, later, subscribe
from tests.service.webhooks_fixtures import world

__all__ = ["world"]

PUBLIC = "https://8.8.8.8/hook"
BODY = {"url": PUBLIC, "owner_id": OWNER}
MANAGE = ("webhooks.manage",)


@pytest.fixture
def admin(world):
    return world.client("administrator", "adm-1")


async def everything_kept(world) -> str:
    """All rows of all tables as text."""
    tables = await world.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    found = [await world.pool.fetch(f"SELECT t::text FROM {row['tablename']} t") for row in tables]
    return "\n".join(row[0] for rows in found for row in rows)


async def test_a_secret_is_shown_once_and_lies_nowhere_in_the_open(world, admin):
    key = {"Idempotency-Key": "one"}
    made = await admin.post(PATH, json=BODY, headers=key)
    secret = made.json()["secret"]
    assert (made.status_code, secret[:6]) == (201, "whsec_")
    again = await admin.post(PATH, json=BODY, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == made.json() | {"secret": None}, "the same subscription, without the secret"
    shown = await admin.get(f"{PATH}/{made.json()['subscription_id']}")
    assert "secret" not in shown.json()
    assert secret.removeprefix("whsec_") not in await everything_kept(world)
    assert len((await admin.get(PATH)).json()["items"]) == 1


async def test_a_new_subscription_has_its_defaults(admin):
    made = (await admin.post(PATH, json=BODY)).json()
    expected = {"event_types": [], "per_second": 20, "state": "active", "paused_reason": None, "waiting": 0}
    expected |= {"description": "", "created_by": "adm-1", "failing_since": None, "next_try_at": None}
    assert {name: made[name] for name in expected} == expected
    assert made["filter"] == {"program_ids": [], "person_ids": [], "subjects": []}
    assert [secret["valid_until"] for secret in made["secrets"]] == [None]


@pytest.mark.parametrize(
    ("wrong", "field", "why"),
    [
        ({"url": "https://10.0.0.5/"}, "url", "leads into a private network"),
        ({"url": "https://169.254.169.254/latest/meta-data/"}, "url", "leads into a private network"),
        ({"url": "https://[::ffff:10.0.0.5]/"}, "url", "leads into a private network"),
        ({"url": "https://2130706438/"}, "url", None),
        ({"url": "https://no-such-host.invalid/"}, "url", "is not known here"),
        ({"url": "gopher://a.example/"}, "url", "must begin with https://"),
        ({"url": "https://user:pass@a.example/"}, "url", "must not hold a user or a password"),
        ({"event_types": ["mentoring.contact-updated.v1"]}, "event_types", "holds names and addresses"),
        ({"event_types": ["match-accepted"]}, "event_types", "did you mean mentoring.match-accepted.v1"),
        ({"per_second": 51}, "per_second", "give 50 or less"),
        ({"per_second": 0}, "per_second", None),
        ({"owner_id": "no such form"}, "owner_id", None),
        ({"owner_id": None}, "owner_id", None),
        ({"filter": {"program_ids": ["x"]}}, "filter.program_ids.0", None),
        ({"filter": {"teams": ["x"]}}, "filter.teams", None),
    ],
)
async def test_what_cannot_be_is_refused_with_the_field_and_the_mend(admin, wrong, field, why):
    allowed = wrong.get("url") == "https://2130706438/"  # 127.0.0.6, which the tests' settings allow
    answer = await admin.post(PATH, json=BODY | wrong)
    if allowed:
        assert answer.status_code == 201
        return
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert why is None or why in error["message"]


async def test_an_address_inside_is_refused_when_it_is_changed_to_as_well(admin):
    made = await admin.post(PATH, json=BODY)
    path = f"{PATH}/{made.json()['subscription_id']}"
    answer = await admin.patch(path, json={"url": "https://192.168.1.1/"}, headers={"If-Match": made.headers["ETag"]})
    assert answer.status_code == 422
    assert (await admin.get(path)).json()["url"] == PUBLIC


async def test_two_who_edit_one_subscription_do_not_overwrite_each_other_unseen(admin):
    made = await admin.post(PATH, json=BODY)
    path, tag = f"{PATH}/{made.json()['subscription_id']}", made.headers["ETag"]
    assert (await admin.patch(path, json={"description": "A"})).status_code == 428
    changed = await admin.patch(path, json={"description": "A"}, headers={"If-Match": tag})
    assert changed.json()["description"] == "A"
    assert (await admin.patch(path, json={"description": "B"}, headers={"If-Match": tag})).status_code == 412
    assert (await admin.get(path)).headers["ETag"] == changed.headers["ETag"] != tag


async def test_what_a_change_leaves_out_stays(admin):
    given = BODY | {"event_types": ["mentoring.match-accepted.v1"], "filter": {"subjects": ["a"]}, "per_second": 3}
    made = await admin.post(PATH, json=given)
    path = f"{PATH}/{made.json()['subscription_id']}"
    changed = await admin.patch(path, json={"owner_id": "p-2"}, headers={"If-Match": made.headers["ETag"]})
    before, after = made.json(), changed.json()
    before.pop("secret")
    assert after == before | {"owner_id": "p-2"}


@pytest.mark.parametrize("role", ["participant", "coordinator"])
async def test_only_administrators_and_system_accounts_may_subscribe(world, role):
    assert (await world.client(role, "p-1").post(PATH, json=BODY)).status_code == 403


async def test_a_system_account_needs_the_scope_and_sees_its_own_only(world, admin):
    assert (await world.client("system", "hr-1").post(PATH, json=BODY)).status_code == 403
    one, other = (world.client("system", name, scopes=MANAGE) for name in ("hr-1", "hr-2"))
    made = (await one.post(PATH, json=BODY)).json()
    path = f"{PATH}/{made['subscription_id']}"
    assert [each["subscription_id"] for each in (await one.get(PATH)).json()["items"]] == [made["subscription_id"]]
    assert (await other.get(PATH)).json()["items"] == []
    for method, where, body in (
        ("GET", "", None),
        ("PATCH", "", {"description": "mine"}),
        ("DELETE", "", None),
        ("POST", "/pause", None),
        ("POST", "/resume", None),
        ("POST", "/test", None),
        ("POST", "/secrets", {}),
        ("POST", "/replay", {"from": "2027-01-11T00:00:00Z"}),
        ("GET", "/deliveries", None),
    ):
        answer = await other.request(method, path + where, json=body)
        assert answer.status_code == 404, (method, where, answer.text)
    assert (await admin.get(path)).status_code == 200


async def test_lists_come_in_pages(world, admin):
    for number in range(5):
        await admin.post(PATH, json=BODY | {"description": str(number)})
    seen, cursor = [], None
    while True:
        page = (await admin.get(PATH, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [each["description"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == ["0", "1", "2", "3", "4"]


async def test_the_log_says_when_what_and_what_came_of_it(world, admin):
    async with a_receiver(500) as receiver:
        subscription = await subscribe(world, receiver)
        event = accepted()
        (event_id,) = await world.hear(event, sequence=7)
        await world.run_jobs()
        receiver.answer = 204
        await later(world, MINUTE)
        first, second = await deliveries(world, subscription)
        assert (first["outcome"], first["status"], first["attempt"]) == ("refused", 500, 1)
        assert first["next_at"] > first["at"]
        assert (second["outcome"], second["status"], second["attempt"], second["next_at"]) == ("taken", 204, 2, None)
        assert {each["event_id"] for each in (first, second)} == {str(event_id)}
        assert {each["subject"] for each in (first, second)} == {str(event.match_id)}
        path = f"{PATH}/{subscription['subscription_id']}/deliveries"
        page = (await admin.get(path, params={"limit": 1})).json()
        rest = (await admin.get(path, params={"cursor": page["next"]})).json()
        assert [page["items"][0], *rest["items"]] == [second, first]
        assert (await admin.get(path, params={"event_id": subscription["subscription_id"]})).json()["items"] == []


async def test_a_test_takes_the_way_that_all_events_take(world, admin):
    async with a_receiver() as receiver:
        subscription = await subscribe(world, receiver, event_types=["mentoring.match-accepted.v1"])
        sent = await ask(world, subscription, "test")
        await ask(world, subscription, "test")
        await world.run_jobs()
        first, second = receiver.taken
        assert first.id == sent["event_id"]
        assert first.verified(subscription["secret"])["type"] == "mentoring.webhook-test.v1"
        assert [first.story, second.story] == [(subscription["subscription_id"], number) for number in (1, 2)]
        assert [each["status"] for each in await deliveries(world, subscription)] == [204, 204]
        assert (await ask(world, subscription, "replay", **{"from": "2027-01-11T00:00:00Z"}))["queued"] == 0
        await ask(world, subscription, "pause")
        path = f"{PATH}/{subscription['subscription_id']}/test"
        refused = await admin.post(path)
        assert (refused.status_code, refused.json()["title"]) == (409, "Cannot test")


@pytest.mark.parametrize(
    ("since", "why"),
    [
        ("2026-12-01T00:00:00Z", "events are kept for 14 days; give 2026-12-28T09:00:00Z or later"),
        ("2027-02-01T00:00:00Z", "give one that has passed"),
        ("2027-01-11T00:00:00", None),
        (17, None),
    ],
)
async def test_a_replay_from_an_impossible_instant_is_refused(world, admin, since, why):
    made = (await admin.post(PATH, json=BODY)).json()
    answer = await admin.post(f"{PATH}/{made['subscription_id']}/replay", json={"from": since})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "from"
    assert why is None or why in error["message"]


async def test_a_deleted_subscription_leaves_nothing_behind(world, admin):
    subscription = await subscribe(world, PUBLIC)
    await ask(world, subscription, "pause")
    await world.hear(accepted())
    path = f"{PATH}/{subscription['subscription_id']}"
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get(path)).status_code == 404
    for table in ("subscriptions", "secrets", "receivers", "deliveries", "lanes", "attempts"):
        assert await world.pool.fetchval(f"SELECT count(*) FROM {table}") == 0, table
