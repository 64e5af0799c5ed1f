"""Receivers that never answer, answer too much, or lead elsewhere or inside."""

import asyncio
import ssl
import time
from ipaddress import ip_network
from uuid import uuid4

import pytest

from services.webhooks.delivery import job
from services.webhooks.delivery.post import Post
from tests.certificates import Authority
from tests.receivers import NEVER, Answer, a_receiver
from tests.service.webhooks_example import MINUTE, SERVICE, accepted, ask, declined, deliveries, later, subscribe
from tests.service.webhooks_fixtures import receiver, world
from tests.waiting import eventually

__all__ = ["receiver", "world"]

TIMEOUT_SECONDS = 15


def with_settings(world, *, lookup=None, **more) -> None:
    """The same process with other settings, or another DNS."""
    world.running.settings = world.running.settings.model_copy(update=more)
    world.running.resources[job._POST] = Post(world.running.settings, lookup=lookup)


async def outcomes(world, subscription) -> list[tuple[str, int | None]]:
    return [(each["outcome"], each["status"]) for each in await deliveries(world, subscription)]


async def test_receivers_that_never_answer_keep_nobody_but_themselves(a_world, receiver):
    """Ten silent receivers with fifty stories each, in front of one that answers: it gets its events at once."""
    world = await a_world(SERVICE, webhooks_timeout_seconds=TIMEOUT_SECONDS, webhooks_at_once=32)
    async with a_receiver(NEVER) as silent:
        for _ in range(10):
            await subscribe(world, silent)
        subscription = await subscribe(world, receiver)
        await world.hear(*(accepted() for _ in range(50)))
        started = time.monotonic()
        working = asyncio.create_task(world.run_jobs())
        await eventually(lambda: len(receiver.taken), lambda count: count == 50)
        first = time.monotonic() - started
        event = accepted()
        (event_id,) = await world.hear(event)
        heard = time.monotonic()
        world.running.bells["deliveries"].ring()
        await eventually(lambda: str(event_id) in {each.id for each in receiver.taken})
        latency = time.monotonic() - heard
        silent.hung_up.set()
        await working
    assert first < TIMEOUT_SECONDS, f"50 events took {first:.2f} s, longer than the silent ones are waited for"
    assert latency < TIMEOUT_SECONDS / 2
    assert {status for _, status in await outcomes(world, subscription)} == {204}
    assert len(silent.seen) <= 20, "one request for each of the silent ones, and no more before their rest is over"


async def test_a_receiver_is_sent_no_more_a_second_than_it_asked_for(world, receiver):
    await subscribe(world, receiver, per_second=4)
    await world.hear(*(accepted() for _ in range(10)))
    started = time.monotonic()
    while len(receiver.taken) < 10:
        await world.run_jobs()
    assert time.monotonic() - started > 1.3
    for at, first in enumerate(receiver.seen):
        within = [each for each in receiver.seen[at:] if each.at - first.at < 0.95]
        assert len(within) <= 8, "at most what a second allows, on top of what was saved up"


async def test_a_redirect_is_not_followed(world, receiver):
    async with a_receiver() as elsewhere:
        subscription = await subscribe(world, receiver)
        receiver.answer = Answer(307, (("Location", elsewhere.url),))
        await world.hear(accepted())
        await world.run_jobs()
        assert elsewhere.seen == []
        assert await outcomes(world, subscription) == [("refused", 307)]


@pytest.mark.parametrize("answer", [Answer(200, endless=True), Answer(200, body=b"x" * 100_000)])
async def test_an_answer_without_end_is_a_yes_and_is_not_read(world, receiver, answer):
    subscription = await subscribe(world, receiver)
    receiver.answer = answer
    await world.hear(accepted())
    await world.run_jobs()
    (line,) = await deliveries(world, subscription)
    assert (line["outcome"], line["status"]) == ("taken", 200)
    assert line["milliseconds"] < 1000 * world.running.settings.webhooks_timeout_seconds


async def test_a_large_event_comes_without_its_data_and_its_story_goes_on(a_world, receiver):
    world = await a_world(SERVICE, webhooks_largest_bytes=1024)
    await subscribe(world, receiver)
    story = uuid4()
    large = declined(story).model_copy(update={"reason": "x" * 2000})
    await world.hear(large, declined(story))
    await world.run_jobs()
    first, second = (each.event for each in receiver.taken)
    assert (first["data"], first["left_out"], first["sequence"]) == (None, "too-large", 1)
    assert second["data"]["match_id"] == str(story)


@pytest.mark.parametrize(
    ("leads_to", "outcome"),
    [
        (["127.0.0.1"], "taken"),
        (["10.0.0.5"], "address-refused"),
        (["127.0.0.1", "10.0.0.5"], "address-refused"),
        (["169.254.169.254"], "address-refused"),
        (["::ffff:10.0.0.5"], "address-refused"),
        ([], "no-answer"),
    ],
)
async def test_where_a_name_leads_is_looked_at_when_the_connection_is_made(world, receiver, leads_to, outcome):
    """It led outside when it was registered; now it leads somewhere else."""
    subscription = await subscribe(world, receiver)
    await world.pool.execute("UPDATE subscriptions SET url = $1", f"http://moved.example:{receiver.port}/hook")
    with_settings(world, lookup=lambda *_: leads_to)
    await world.hear(accepted())
    await world.run_jobs()
    assert [kind for kind, _ in await outcomes(world, subscription)] == [outcome]
    assert len(receiver.seen) == (outcome == "taken")


async def test_a_network_that_is_not_allowed_any_more_is_not_connected_to(world, receiver):
    subscription = await subscribe(world, receiver)
    with_settings(world, webhooks_allowed_networks=(ip_network("10.0.0.0/8"),))
    await world.hear(accepted())
    await world.run_jobs()
    assert await outcomes(world, subscription) == [("address-refused", None)]
    assert receiver.seen == []


@pytest.mark.parametrize(("shows", "outcome"), [("hooks.example", "taken"), ("other.example", "no-answer")])
async def test_tls_asks_for_the_host_by_name_though_the_address_is_fixed(world, tmp_path, shows, outcome):
    authority = Authority(tmp_path)
    signed = authority.sign(shows)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(signed.certificate, signed.key)
    asked: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with a_receiver(tls=tls) as receiver:
        subscription = await subscribe(world, receiver)
        await world.pool.execute("UPDATE subscriptions SET url = $1", f"https://hooks.example:{receiver.port}/hook")
        with_settings(world, webhooks_ca_file=authority.file, lookup=lambda *_: ["127.0.0.1"])
        await world.hear(accepted())
        await world.run_jobs()
        assert [kind for kind, _ in await outcomes(world, subscription)] == [outcome]
    assert asked == ["hooks.example"]


async def test_a_secret_that_cannot_be_opened_holds_up_nobody_else(world, receiver):
    async with a_receiver() as other:
        await subscribe(world, other)
        await world.pool.execute("UPDATE secrets SET sealed = 'not a token'")
        await subscribe(world, receiver)
        await world.hear(accepted())
        await world.run_jobs()
        assert len(receiver.taken) == 1
        assert other.seen == []


async def test_a_deleted_subscription_gets_nothing_more_though_its_event_is_under_way(world, receiver):
    subscription = await subscribe(world, receiver)
    path = f"/v1/subscriptions/{subscription['subscription_id']}"

    def delete(_request):
        world.deleting = asyncio.create_task(world.client("administrator").delete(path))
        return 500

    receiver.answer = delete
    await world.hear(accepted())
    await world.run_jobs()
    assert (await world.deleting).status_code == 204
    await later(world, MINUTE)
    assert len(receiver.seen) == 1
    assert await world.pool.fetchval("SELECT count(*) FROM attempts") == 0


async def test_what_waits_and_fails_is_seen_in_the_subscription(world, receiver):
    subscription = await subscribe(world, receiver)
    receiver.answer = 503
    await world.hear(accepted(), accepted())
    await world.run_jobs()
    shown = await ask(world, subscription)
    assert shown["waiting"] == 2
    assert shown["failing_since"] == "2027-01-11T09:00:00Z"
    assert shown["next_try_at"] > "2027-01-11T09:00:03"
