"""TLS to Kafka and PostgreSQL by settings, with certificates made for the test: host names and authorities count."""

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError

from chassis import kafka as chassis_kafka
from chassis.connections import Refused, open_connection, open_pool
from chassis.settings import KafkaSettings
from contracts.topics import MATCH, PERSON
from deploy.local import kafka, kafka_users, topics
from deploy.local.children import free_port
from deploy.local.kafka import Kafka, running
from deploy.local.kafka_settings import SCRAM
from tests.certificates import Authority
from tests.tls_postgres import behind_tls

HERE, ELSEWHERE, MATCHING = "127.0.0.1", "another-host.example", "kafka-matching"


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("theirs"), "somebody else")


@pytest.fixture(scope="module")
def doors(tmp_path_factory, ours):
    """Addresses of a broker with three more doors; `mutual` asks for certificates instead of logins."""
    kafka.prepare()
    ports = {name: free_port() for name in ("clients", "good", "misnamed", "mutual")}
    controller = free_port()
    listeners = ",".join(f"{name.upper()}://127.0.0.1:{port}" for name, port in ports.items())
    settings = {
        "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}",
        "listener.security.protocol.map": "CONTROLLER:SASL_PLAINTEXT,CLIENTS:SASL_PLAINTEXT,"
        "GOOD:SASL_SSL,MISNAMED:SASL_SSL,MUTUAL:SSL",
        **_door("good", ours, HERE),
        **_door("misnamed", ours, ELSEWHERE),
        **_door("mutual", ours, HERE),
        "listener.name.mutual.ssl.client.auth": "required",
        # Who shows the certificate of a user is that user, with the same rules.
        "listener.name.mutual.ssl.principal.mapping.rules": "RULE:^CN=(.*)$/$1/",
    }
    folder = tmp_path_factory.mktemp("doors")
    with running(Kafka(folder, ports["clients"], controller, guarded=True, settings=settings)) as node:
        topics.create_topics(node.bootstrap, login=node.admin)
        kafka_users.create_users(node.bootstrap, node.admin, node.passwords)
        yield {name: f"{HERE}:{port}" for name, port in ports.items()}, node.login(MATCHING).password_file


def _door(name: str, authority: Authority, shows: str) -> dict[str, str]:
    door = f"listener.name.{name}"
    return {
        f"{door}.ssl.keystore.type": "PEM",
        f"{door}.ssl.keystore.location": str(authority.sign(shows).both),
        f"{door}.ssl.truststore.type": "PEM",
        f"{door}.ssl.truststore.location": str(authority.file),
        f"{door}.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        f"{door}.scram-sha-512.sasl.jaas.config": SCRAM,
    }


def through(doors, door: str, **changes) -> KafkaSettings:
    addresses, password_file = doors
    login = {} if door == "mutual" else {"kafka_user": MATCHING, "kafka_password_file": password_file}
    return KafkaSettings(kafka_brokers=(addresses[door],), **login, **changes)


async def write(settings: KafkaSettings, topic: str = MATCH.name) -> None:
    producer = AIOKafkaProducer(**chassis_kafka.connection(settings), enable_idempotence=True)
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"{}", key=b"k")
    finally:
        await producer.stop()


async def refused(settings: KafkaSettings) -> str:
    """Why the broker was not used."""
    with pytest.raises(KafkaConnectionError) as error:
        await write(settings)
    return await chassis_kafka.why(settings, error.value)


async def test_kafka_over_tls(doors, ours):
    settings = through(doors, "good", kafka_ca_file=ours.file)
    assert settings.kafka_protocol == "SASL_SSL"
    await write(settings)


async def test_a_broker_of_another_authority_is_refused(doors, theirs):
    reason = await refused(through(doors, "good", kafka_ca_file=theirs.file))
    assert "shows a certificate that is not trusted: unable to get local issuer certificate" in reason


async def test_without_a_ca_file_the_authorities_of_the_system_count(doors):
    assert "not trusted" in await refused(through(doors, "good", kafka_security="SASL_SSL"))


async def test_a_broker_under_another_name_is_refused(doors, ours):
    reason = await refused(through(doors, "misnamed", kafka_ca_file=ours.file))
    assert f"not trusted: IP address mismatch, certificate is not valid for '{HERE}'" in reason


async def test_a_client_certificate_is_a_login_with_the_same_rules(doors, ours):
    mine = ours.sign(MATCHING)
    given = {"kafka_ca_file": ours.file, "kafka_certificate_file": mine.certificate, "kafka_key_file": mine.key}
    settings = through(doors, "mutual", **given)
    assert settings.kafka_protocol == "SSL"
    await write(settings)
    with pytest.raises(TopicAuthorizationFailedError):
        await write(settings, PERSON.name)


async def test_where_certificates_are_asked_for_nobody_comes_in_without_one(doors, ours):
    assert await refused(through(doors, "mutual", kafka_ca_file=ours.file))


@pytest.fixture
async def tls_port(server, ours):
    """PostgreSQL, reached through TLS."""
    async with behind_tls(ours.sign(HERE), server.port) as port:
        yield port


def address(server, port: int, authority: Authority, *, host: str = HERE) -> str:
    where = server.dsn().replace(f"{HERE}:{server.port}", f"{host}:{port}")
    return f"{where}?sslmode=verify-full&sslrootcert={authority.file}"


async def ask(dsn: str) -> bool:
    """Whether an answer came through TLS."""
    connection = await open_connection(dsn, name="test")
    try:
        assert await connection.fetchval("SELECT true")
        return connection._transport.get_extra_info("ssl_object") is not None
    finally:
        await connection.close()


async def test_postgresql_over_tls(server, tls_port, ours):
    assert await ask(address(server, tls_port, ours))


async def test_a_server_of_another_authority_is_refused(server, tls_port, theirs):
    with pytest.raises(Refused, match="not trusted: unable to get local issuer certificate") as refused:
        await open_pool(address(server, tls_port, theirs), size=2, name="test")
    assert server.password("postgres") not in str(refused.value)


async def test_a_server_under_another_name_is_refused(server, tls_port, ours):
    with pytest.raises(Refused, match="Hostname mismatch, certificate is not valid for 'localhost'"):
        await open_pool(address(server, tls_port, ours, host="localhost"), size=2, name="test")


async def test_a_server_without_tls_is_refused_where_it_must_have_it(server, ours):
    with pytest.raises(ConnectionError, match="rejected SSL upgrade"):
        await open_pool(address(server, server.port, ours), size=2, name="test")


async def test_a_server_may_want_a_certificate_too(server, ours):
    mine = ours.sign("profiles_app")
    async with behind_tls(ours.sign(HERE), server.port, clients_of=ours.file) as port:
        dsn = address(server, port, ours)
        with pytest.raises((Refused, OSError, asyncpg.PostgresError)):
            await open_pool(dsn, size=2, name="test")
        assert await ask(f"{dsn}&sslcert={mine.certificate}&sslkey={mine.key}")


async def test_a_wrong_password_is_said_without_the_password(server):
    wrong = server.dsn().replace(server.password("postgres"), "guessed")
    with pytest.raises(Refused, match=f"PostgreSQL at {HERE}:{server.port} refuses the role postgres") as refused:
        await open_pool(wrong, size=2, name="test")
    assert "guessed" not in str(refused.value)
