"""The image at work: only where an engine has it and you ask for it, as MENTORING_TEST_IMAGE=mentoring:dev."""

import json
import os
import subprocess
import sys

import pytest

from deploy.local import containers, kafka
from deploy.local.children import wait_until
from deploy.local.containers import Image
from deploy.local.instance import Instance
from deploy.local.plan import Own
from deploy.local.ports import Ports
from deploy.local.roles import SERVICES
from deploy.local.steps import Steps
from tests.deploy.manifests import ROOT

NAME = os.environ.get("MENTORING_TEST_IMAGE", "")
pytestmark = pytest.mark.skipif(
    not NAME, reason="no image was asked for: `make image`, then MENTORING_TEST_IMAGE=mentoring:dev"
)


@pytest.fixture
def instance(tmp_path):
    kafka.prepare()
    made = Instance(tmp_path, ports=Ports.free(), own=Own(), image=NAME, steps=Steps(quiet=True))
    yield made
    made.stop()


def test_containers_are_shut_in_start_anew_after_a_kill_and_stop_with_code_0(instance):
    instance.start()
    running = instance.containers
    assert set(running.memory()) == set(SERVICES)
    for name in SERVICES:
        host = _inspect(running, name)["HostConfig"]
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] in (["ALL"], ["CAP_ALL"])
        assert host["Memory"] > 300 * 1024**2
        assert not _writes(running, name, "/opt/mentoring/x")
        assert _writes(running, name, "/tmp/x")  # noqa: S108

    before = _inspect(running, "engagement")["Id"]
    subprocess.run([running.image.engine, "kill", running.named("engagement")], check=True, capture_output=True)
    wait_until(lambda: _is_another(running, before), within=30, what="engagement again")
    instance.start()  # waits until all are ready

    instance.stop()
    said = (instance.root / "run" / "logs" / "supervisor.log").read_text()
    for name in SERVICES:
        assert f"stopped: {name} (exit status 0)" in said
    assert running.end() == [], "no container is left"


def test_a_service_that_starts_and_is_asked_to_stop_is_gone_in_its_grace(instance):
    engine, name = Image.find(NAME).engine, f"mentoring-early-{os.getpid()}"
    words = ["run", "--detach", "--name", name, "--read-only", "--tmpfs", "/tmp", "--user", containers.NOBODY]  # noqa: S108
    env = ["--env", "MENTORING_DATABASE_URL=postgresql://a:b@192.0.2.1/x", "--env", "MENTORING_KAFKA_BROKERS=k:1"]
    env += ["--env", "MENTORING_JWKS_URL=https://issuer.example/keys", "--env", "MENTORING_TOKEN_ISSUER=x"]
    try:
        subprocess.run([engine, *words, *env, NAME, "services.profiles", "serve"], check=True, capture_output=True)
        subprocess.run([engine, "stop", "--time", "10", name], check=True, capture_output=True)
        form = ["inspect", "--format", "{{.State.ExitCode}}", name]
        said = subprocess.run([engine, *form], check=True, capture_output=True, text=True).stdout.strip()
        assert said == "143", "137 would mean that it had to be killed"
    finally:
        subprocess.run([engine, "rm", "--force", name], check=False, capture_output=True)


def test_the_demo_lives_its_twelve_weeks_in_containers(tmp_path):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "MENTORING_PORT_BASE": os.environ.get("MENTORING_PORT_BASE", "28000")}
    (tmp_path / ".local").mkdir()
    words = ["-m", "deploy.local.demo", "--size", "60", "--image", NAME]
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, env=env, check=False, capture_output=True, text=True, timeout=540
    )
    assert done.returncode == 0, done.stdout + done.stderr

    report = json.loads((tmp_path / ".local/demo/report.json").read_text())
    assert report["versions"]["image"] == f"{NAME} {Image.find(NAME).id}"
    assert report["outbox_pending"] == report["parked"] == 0
    assert report["relationships"] > 0
    assert report["letters_sent"] > 0


def _inspect(running, name):
    said = subprocess.run(
        [running.image.engine, "inspect", running.named(name)], check=True, capture_output=True, text=True
    )
    return json.loads(said.stdout)[0]


def _is_another(running, before):
    try:
        return _inspect(running, "engagement")["Id"] != before
    except subprocess.CalledProcessError:
        return False


def _writes(running, name, path):
    command = [running.image.engine, "exec", running.named(name), "touch", path]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
