"""What an instance would run, before anything runs."""

import json
import socket
from configparser import RawConfigParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from joserfc import jwt
from joserfc.jwk import KeySet

from contracts.topics import CONTACT, TOPICS
from deploy.local import compose, identity, kafka_files
from deploy.local.kafka import Kafka
from deploy.local.places import places
from deploy.local.plan import Own, Plan
from deploy.local.ports import OFFSETS, Ports, refuse_full_disk, refuse_taken
from deploy.local.problems import LocalError
from deploy.local.processes import Processes
from deploy.local.roles import SERVICES, role_names
from deploy.local.sockets import socket_folder
from deploy.local.supervisor_config import Program, config_text
from deploy.local.topics import settings_of


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch):
    for name in (
        "MENTORING_PORT_BASE",
        "MENTORING_ENVIRONMENT",
        "DATABASE_URL",
        "KAFKA_BROKERS",
        "SMTP_URL",
        "LOCAL",
    ):
        monkeypatch.delenv(name, raising=False)


def a_plan(root: Path, **changes) -> Plan:
    return Plan(root, Ports.from_base(21000), **changes)


def test_ports_are_fixed_and_move_together(monkeypatch):
    assert Ports.from_env() == Ports(18001, 18002, 18003, 18004, 18005, 18025, 18032, 18092, 18093)
    monkeypatch.setenv("MENTORING_PORT_BASE", "30000")
    assert Ports.from_env().kafka == 30092


@pytest.mark.parametrize("said", ["abc", "80", "65500", "-1"])
def test_a_port_base_that_cannot_be_is_refused(monkeypatch, said):
    monkeypatch.setenv("MENTORING_PORT_BASE", said)
    with pytest.raises(LocalError, match="MENTORING_PORT_BASE"):
        Ports.from_env()


def test_a_taken_port_is_named_with_its_mend():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=rf"Port {port}, meant for kafka, is taken.*MENTORING_PORT_BASE="):
            refuse_taken({"kafka": port})


def test_too_little_disk_is_refused(tmp_path):
    with pytest.raises(LocalError, match="GB are free"):
        refuse_full_disk(tmp_path, least=2**60)
    refuse_full_disk(tmp_path, least=1)


def test_free_ports_differ():
    assert len(set(vars(Ports.free()).values())) == len(OFFSETS)


def test_a_service_never_gets_its_owners_password(tmp_path):
    plan = a_plan(tmp_path)
    plan.postgres.folder.mkdir()
    for program in plan.services():
        assert not any("owner" in value or "OWNER" in name for name, value in program.env.items())
        assert f"{program.name}_app:" in program.env["MENTORING_DATABASE_URL"]
    assert "matching_owner:" in plan.env("matching", owner=True)["MENTORING_OWNER_DATABASE_URL"]


def test_only_notifications_may_send_letters_and_only_demos_turn_the_clock(tmp_path):
    plan = a_plan(tmp_path)
    plan.postgres.folder.mkdir()
    assert [name for name in SERVICES if "MENTORING_SMTP_URL" in plan.env(name)] == ["notifications"]
    assert "MENTORING_TEST_CLOCK" not in plan.env("matching")
    assert a_plan(tmp_path, test_clock=True).env("matching")["MENTORING_TEST_CLOCK"] == "true"


def test_servers_of_the_users_own_are_not_started(tmp_path):
    own = Own(
        "postgresql://root:s%40crt@db.example:6432/people?sslmode=require",
        "a:1,b:2",
        "smtp://mail.example:25",
    )
    plan = a_plan(tmp_path, own=own)
    plan.postgres.folder.mkdir()
    assert plan.servers() == []
    assert plan.our_ports(with_services=False) == {}
    assert plan.brokers == "a:1,b:2"
    dsn = urlsplit(plan.dsn("matching_app"))
    assert (dsn.username, dsn.hostname, dsn.port, dsn.path, dsn.query) == (
        "matching_app", "db.example", 6432, "/people", "sslmode=require",
    )  # fmt: skip


def test_platform_json_has_the_promised_keys(tmp_path):
    plan = a_plan(tmp_path)
    plan.postgres.folder.mkdir()
    where = places(plan, Processes(tmp_path / "run", str(tmp_path), tmp_path), servers_only=False)
    assert where["kafka"] == ["127.0.0.1:21092"]
    assert where["kafka_security"] == {
        "mechanism": "SCRAM-SHA-512",
        "user": "kafka-subscriber",
        "password_file": str(tmp_path / "kafka" / "passwords" / "kafka-subscriber"),
    }
    assert set(where["postgres"]) == {"admin", *role_names()}
    assert where["smtp"] == "smtp://127.0.0.1:21025"
    assert where["services"]["matching"] == "http://127.0.0.1:21002"
    assert where["metrics"]["matching"] == "http://127.0.0.1:21002/metrics"
    assert where["tokens"].startswith("make token")
    assert where["pids"] == {}
    assert json.loads(json.dumps(where)) == where


def test_supervisors_settings_survive_odd_paths_and_values(tmp_path):
    odd = tmp_path / "my folder 100%"
    program = Program("one", ("/bin/echo", "a b", "50%"), {"URL": "postgresql://u:p%40w@h/d?x=1,y"})
    text = config_text([program], run=odd, logs=odd / "logs", socket=odd / "socket", directory=odd)
    parser = RawConfigParser()
    parser.read_string(text)
    section = parser["program:one"]
    assert section["command"] % {} == "/bin/echo 'a b' 50%"
    assert section["environment"] % {} == 'URL="postgresql://u:p%40w@h/d?x=1,y"'
    assert section["autorestart"] == "true"
    assert section["autostart"] == "false"


def test_a_value_supervisor_cannot_carry_is_refused(tmp_path):
    with pytest.raises(LocalError, match="quotation mark"):
        config_text(
            [Program("one", ("x",), {"A": 'say "hi"'})],
            run=tmp_path, logs=tmp_path, socket=tmp_path, directory=tmp_path,
        )  # fmt: skip


def test_sockets_have_short_names_however_deep_the_checkout_lies(tmp_path):
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 8)
    folder = socket_folder(deep)
    assert len(str(folder / "supervisor.sock.12345")) < 104
    assert folder == socket_folder(deep)
    assert folder.stat().st_mode & 0o077 == 0
    folder.rmdir()


def test_kafkas_settings_name_its_ports_and_its_data(tmp_path):
    node = Kafka(tmp_path, 21092, 21093)
    node._write_settings()
    lines = (tmp_path / "server.properties").read_text().splitlines()
    assert "listeners=PLAINTEXT://127.0.0.1:21092,CONTROLLER://127.0.0.1:21093" in lines
    assert f"log.dirs={tmp_path / 'data'}" in lines
    assert "auto.create.topics.enable=false" in lines


def test_a_guarded_kafka_lets_nobody_in_without_a_login(tmp_path):
    node = Kafka(tmp_path, 21092, 21093, guarded=True)
    node._write_settings()
    assert (tmp_path / "server.properties").stat().st_mode & 0o077 == 0
    lines = (tmp_path / "server.properties").read_text().splitlines()
    assert "listeners=CLIENTS://127.0.0.1:21092,CONTROLLER://127.0.0.1:21093" in lines
    assert "listener.security.protocol.map=CONTROLLER:SASL_PLAINTEXT,CLIENTS:SASL_PLAINTEXT" in lines
    assert "super.users=User:admin" in lines
    assert not any("ANONYMOUS" in line for line in lines)


def test_each_service_logs_in_to_kafka_as_itself_with_a_password_from_a_file(tmp_path):
    plan = a_plan(tmp_path)
    plan.postgres.folder.mkdir()
    for service in SERVICES:
        env = plan.env(service)
        assert env["MENTORING_KAFKA_USER"] == f"kafka-{service}"
        password = Path(env["MENTORING_KAFKA_PASSWORD_FILE"]).read_text()
        assert password
        assert password not in str(env)
        assert "MENTORING_KAFKA_USER" not in a_plan(tmp_path, own=Own(kafka_brokers="a:1")).env(service)
        assert "MENTORING_KAFKA_USER" not in a_plan(tmp_path, guarded=False).env(service)


def test_a_node_of_three_keeps_three_copies_and_writes_two_at_once(tmp_path):
    voters = tuple(f"{number}@127.0.0.1:{21092 + number}" for number in (1, 2, 3))
    Kafka(tmp_path, 21092, 21094, node=2, voters=voters)._write_settings()
    lines = (tmp_path / "server.properties").read_text().splitlines()
    assert "node.id=2" in lines
    assert f"controller.quorum.voters={','.join(voters)}" in lines
    assert "offsets.topic.replication.factor=3" in lines
    assert "min.insync.replicas=2" in lines


def test_the_list_of_jars_is_complete_and_pinned():
    listed = kafka_files.expected()
    assert all(len(digest) == 64 for digest in listed.values())
    names = {Path(path).name for path in listed}
    assert {f"kafka-clients-{kafka_files.VERSION}.jar", f"kafka_2.13-{kafka_files.VERSION}.jar"} <= names


def test_a_changed_jar_is_refused_by_name(tmp_path):
    jar = tmp_path / "kafka-clients-4.3.1.jar"
    jar.write_bytes(b"not what was signed")
    with pytest.raises(LocalError, match=r"kafka-clients-4\.3\.1\.jar is not the file we know"):
        kafka_files.verify(jar, "0" * 64)


def test_topics_keep_what_the_registry_says():
    far_ahead = {"message.timestamp.after.max.ms": str(365 * 24 * 3600 * 1000)}
    assert settings_of(CONTACT, 1) == far_ahead | {
        "cleanup.policy": "compact",
        "retention.ms": "-1",
        "min.insync.replicas": "1",
    }
    kept = {topic.name: settings_of(topic, 3) for topic in TOPICS}
    assert kept["matching.match.v1"] == far_ahead | {
        "cleanup.policy": "delete",
        "retention.ms": str(400 * 24 * 3600 * 1000),
        "min.insync.replicas": "2",
    }


def test_tokens_are_signed_for_known_roles_and_never_in_production(tmp_path, monkeypatch):
    published = identity.ensure_keys(tmp_path)
    keys = KeySet.import_key_set(json.loads(published.read_text()))
    token = jwt.decode(identity.issue(tmp_path, "p-1", ["participant"], now=1000, minutes=2), keys)
    assert token.claims == {
        "iss": "https://issuer.local",
        "aud": "mentoring",
        "sub": "p-1",
        "roles": ["participant"],
        "scope": "",
        "iat": 1000,
        "exp": 1120,
    }
    assert "d" not in json.loads(published.read_text())["keys"][0]
    assert (tmp_path / "private.json").stat().st_mode & 0o077 == 0
    with pytest.raises(LocalError, match="no role king"):
        identity.issue(tmp_path, "p-1", ["king"])
    monkeypatch.setenv("MENTORING_ENVIRONMENT", "production")
    with pytest.raises(LocalError, match="refused in production"):
        identity.issue(tmp_path, "p-1", ["participant"])


def test_the_compose_file_listens_on_loopback_only_and_checks_health():
    services = yaml.safe_load(compose.FILE.read_text())["services"]
    assert {name: part["image"] for name, part in services.items()} == {
        "kafka": f"apache/kafka:{kafka_files.VERSION}",
        "postgres": "postgres:18",
    }
    assert all(port.startswith("127.0.0.1:") for part in services.values() for port in part["ports"])
    assert all("healthcheck" in part for part in services.values())
