"""A rotated password is taken up by running processes: nobody is restarted, nothing is lost."""

import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest

from chassis import connections
from chassis.consumer import on
from chassis.consumer.runtime import Consumer, quiet_libraries
from chassis.consumer.settle import Settler
from chassis.outbox import tell
from chassis.relay import Relay
from chassis.wake import Bell
from contracts.matching import MatchDeclined, MatchProposed
from contracts.topics import MATCH
from deploy.local import kafka, kafka_users, topics
from deploy.local.kafka import run_kafka
from tests.builders import a_service
from tests.waiting import eventually

TELLER, HEARER = "kafka-matching", "kafka-engagement"
EVENT = MatchProposed.example()


async def answer(tx, event, *, now):
    await tell(tx, [MatchDeclined.example().model_copy(update={"match_id": event.match_id})], now=now)


SPEAKS = a_service(tells=(MatchProposed,))
LISTENS = a_service(hears=(on(MatchProposed, answer),), tells=(MatchDeclined,))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    quiet_libraries()
    kafka.prepare()
    with run_kafka(tmp_path_factory.mktemp("guarded"), guarded=True) as node:
        topics.create_topics(node.bootstrap, login=node.admin)
        kafka_users.create_users(node.bootstrap, node.admin, node.passwords)
        yield node


def login(node, user):
    return {
        "kafka_brokers": node.bootstrap,
        "kafka_user": user,
        "kafka_password_file": node.login(user).password_file,
    }


@asynccontextmanager
async def at_work(work):
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_relay_and_consumer_log_in_with_a_rotated_password(a_world, guarded):
    teller = await a_world(SPEAKS, **login(guarded, TELLER))
    hearer = await a_world(LISTENS, **login(guarded, HEARER))
    address = teller.running.settings.database_address
    relay = Relay(teller.running.settings, schema=SPEAKS.name, dsn=address, bell=Bell())
    settler = Settler(hearer.running.database, hearer.running.clock, consumer="test", reactions=LISTENS.reactions)
    consumer = Consumer(hearer.running.settings, settler, group="engagement", topics=[MATCH.name])

    async def told(count: int) -> None:
        now = teller.clock.now()
        await teller.running.database.run(lambda tx: tell(tx, [EVENT], now=now))
        await eventually(lambda: hearer.told(MatchDeclined), lambda found: len(found) == count, within=60)

    async with at_work(relay.run()), at_work(consumer.run()):
        await told(1)
        before = relay._producer, consumer.watchdog
        for user in (TELLER, HEARER):
            (guarded.passwords / user).unlink()
        await asyncio.to_thread(kafka_users.create_users, guarded.bootstrap, guarded.admin, guarded.passwords)
        await told(2)
        await eventually(lambda: consumer.watchdog, lambda found: found is not before[1], within=60)
        await told(3)
        assert relay._producer is not before[0]


async def test_a_service_that_reaches_for_a_foreign_topic_or_group_says_so(a_world, guarded, capsys):
    world = await a_world(SPEAKS, **login(guarded, "kafka-notifications"))
    address = world.running.settings.database_address
    relay = Relay(world.running.settings, schema=SPEAKS.name, dsn=address, bell=Bell())
    settler = Settler(world.running.database, world.running.clock, consumer="test", reactions=LISTENS.reactions)
    consumer = Consumer(world.running.settings, settler, group="matching", topics=[MATCH.name])
    await world.running.database.run(lambda tx: tell(tx, [EVENT], now=world.clock.now()))
    said = ""

    async def heard_of(*words: str) -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return all(word in said for word in words)

    async with at_work(relay.run()), at_work(consumer.run()):
        await eventually(lambda: heard_of("relay.interrupted", "TopicAuthorizationFailed", MATCH.name), bool, within=60)
        await eventually(lambda: heard_of("consumer.interrupted", "GroupAuthorizationFailed"), bool, within=60)
    assert len(await world.told(MatchProposed)) == 1, "it waits in the outbox until somebody gives the right"


async def test_a_pool_connects_with_a_rotated_password(databases, tmp_path):
    from services.profiles.__main__ import SERVICE

    name = await asyncio.to_thread(databases.clone, SERVICE)
    file = tmp_path / "password"
    old = databases.dsn("profiles_app", name)
    admin = await asyncpg.connect(databases.admin)
    file.write_text(databases._passwords["profiles_app"])
    pool = await connections.open_pool(lambda: _with(old, file.read_text()), size=2, name="test")
    try:
        await admin.execute("ALTER ROLE profiles_app PASSWORD 'rotated'")
        file.write_text("rotated")
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        await eventually(lambda: _asks(pool), bool, within=20)
    finally:
        await admin.execute(f"ALTER ROLE profiles_app PASSWORD '{databases._passwords['profiles_app']}'")
        await admin.close()
        await pool.close()


def _with(dsn: str, password: str) -> str:
    from deploy.local.roles import with_role

    return with_role(dsn, "profiles_app", password)


async def _asks(pool) -> bool:
    try:
        return await pool.fetchval("SELECT true")
    except connections.LOST_CONNECTION:
        return False
