"""A whole instance under supervisor: up, up again, a killed process, a lost supervisor, down."""

import json
import os
import signal
import socket
from pathlib import Path

import psutil
import pytest

from deploy.local import kafka, postgres
from deploy.local.children import is_listening, wait_until
from deploy.local.instance import Instance
from deploy.local.logins import Login
from deploy.local.plan import Own
from deploy.local.ports import Ports
from deploy.local.problems import LocalError
from deploy.local.steps import Steps


@pytest.fixture
def instance(tmp_path):
    # A deep folder with a blank: sockets, Java's argument file and supervisor's settings must bear it.
    root = tmp_path / "a rather deep folder" / ("x" * 60) / ".local"
    made = Instance(root, ports=Ports.free(), own=Own(), steps=Steps(quiet=True))
    yield made
    made.stop()


def test_up_again_kill_and_down(instance):
    where = instance.start(servers_only=True)
    assert instance.file.stat().st_mode & 0o077 == 0
    assert set(where["pids"]) == {"supervisor", "kafka", "postgres", "smtp"}
    _nobody_without_a_login(where)

    again = instance.start(servers_only=True)
    assert again["pids"] == where["pids"]

    os.kill(where["pids"]["smtp"], signal.SIGKILL)
    wait_until(lambda: _pid(instance, "smtp") not in {0, where["pids"]["smtp"]}, within=20, what="SMTP again")

    assert set(instance.stop()) == {"kafka", "postgres", "smtp"}
    assert instance.stop() == []
    assert not is_listening(instance.ports.kafka)
    with pytest.raises(LocalError, match="make up"):
        instance.places()


def test_what_a_lost_supervisor_leaves_behind_is_ended_by_the_next_start(instance):
    where = instance.start(servers_only=True)
    lost = {name: psutil.Process(pid) for name, pid in where["pids"].items()}
    lost["supervisor"].kill()
    lost["supervisor"].wait(10)
    again = instance.start(servers_only=True)
    assert not any(process.is_running() for process in lost.values())
    assert again["postgres"] == where["postgres"], "data and passwords are kept"


def test_a_taken_port_stops_the_start_before_anything_runs(instance):
    taken = socket.create_server(("127.0.0.1", instance.ports.postgres))
    with taken, pytest.raises(LocalError, match="meant for postgres, is taken"):
        instance.start(servers_only=True)
    assert instance.processes.info() == []


def test_a_fresh_start_forgets_the_data_but_nothing_else(instance):
    where = instance.start(servers_only=True)
    (instance.letters / "old.eml").touch()
    (instance.root / "report.json").write_text("{}")
    fresh = instance.start(fresh=True, servers_only=True)
    assert fresh["postgres"] != where["postgres"]
    assert list(instance.letters.iterdir()) == []
    assert json.loads((instance.root / "report.json").read_text()) == {}


def _nobody_without_a_login(where):
    brokers = ",".join(where["kafka"])
    assert not kafka.is_ready(brokers), "an anonymous client was let in"
    for login in (where["kafka_security"], where["kafka_admin"]):
        assert Path(login["password_file"]).stat().st_mode & 0o077 == 0
        assert kafka.is_ready(brokers, Login(**login))
    # Where everybody may enter at first: the databases that every server has.
    elsewhere = where["postgres"]["matching_app"].replace("/mentoring", "/postgres")
    with pytest.raises(LocalError, match="permission denied for database"):
        postgres.is_ready(elsewhere)


def _pid(instance, name):
    return next(info["pid"] for info in instance.processes.info() if info["name"] == name)


@pytest.fixture(scope="module", autouse=True)
def kafkas_files():
    kafka.prepare()


def test_other_ports_while_it_is_up_are_refused(instance):
    instance.start(servers_only=True)
    other = Instance(instance.root, ports=Ports.free(), own=Own(), steps=Steps(quiet=True))
    with pytest.raises(LocalError, match="make down"):
        other.start(servers_only=True)
    other.ports = Ports.from_base(18000)
    assert other.start(servers_only=True)["ports"] == instance.places()["ports"]


def test_servers_of_the_users_own_are_used(instance, broker, server):
    instance.own = Own(server.dsn(), broker.bootstrap, "smtp://127.0.0.1:9")
    where = instance.start(servers_only=True)
    assert set(where["pids"]) == {"supervisor"}
    assert where["kafka"] == [broker.bootstrap]
    assert "kafka_security" not in where, "its logins are the user's own"
    assert where["postgres"]["matching_app"].endswith(f"@127.0.0.1:{server.port}/mentoring")
