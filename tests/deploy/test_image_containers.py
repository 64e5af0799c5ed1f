"""The command line that shuts a service in as Kubernetes does: `make up IMAGE=…`."""

import itertools
import subprocess

import pytest
import yaml

from deploy.k8s_check.registry import LONGEST_STOP
from deploy.local import containers
from deploy.local.containers import Containers, Image, limit
from deploy.local.plan import Plan
from deploy.local.ports import Ports
from deploy.local.problems import LocalError
from tests.deploy.manifests import ROOT

IMAGE = Image("mentoring:dev", "sha256:0123", "/usr/bin/docker")
SERVICES = ("profiles", "matching", "engagement", "notifications")


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "postgres").mkdir()
    return Plan(tmp_path, Ports.from_base(32000), image=IMAGE)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_shut_in_as_its_pod_is(plan, name):
    words = _words(plan, name)
    pod = yaml.safe_load((ROOT / "deploy/k8s/base/pod.yaml").read_text(encoding="utf-8"))["spec"]["template"]["spec"]
    locked = pod["containers"][0]["securityContext"]

    assert locked["readOnlyRootFilesystem"]
    assert "--read-only" in words
    assert locked["capabilities"] == {"drop": ["ALL"]}
    assert _after("--cap-drop", words) == "ALL"
    assert locked["allowPrivilegeEscalation"] is False
    assert _after("--security-opt", words) == "no-new-privileges"
    nobody = pod["securityContext"]
    assert _after("--user", words) == f"{nobody['runAsUser']}:{nobody['runAsGroup']}"
    assert _after("--tmpfs", words) == "/tmp:size=256m"  # noqa: S108
    assert _after("--memory", words) == _after("--memory-swap", words) == limit(name)


def test_memory_is_what_the_manifests_give():
    given = {}
    for name in SERVICES:
        deployments = yaml.safe_load_all((ROOT / f"deploy/k8s/base/{name}.yaml").read_text(encoding="utf-8"))
        (worker,) = [
            each for each in deployments if (each["kind"], each["metadata"]["name"]) == ("Deployment", f"{name}-worker")
        ]
        given[name] = worker["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]

    assert {name: limit(name) for name in SERVICES} == {
        name: memory.replace("Mi", "m").replace("Gi", "g") for name, memory in given.items()
    }
    assert limit("profiles", "migrate") == "256m"


def test_it_runs_the_very_image_that_was_found_with_the_words_of_a_process(plan):
    words = _words(plan, "matching")

    assert words[-7:] == (IMAGE.id, "services.matching", "serve", "--role", "all", "--port", "32002")
    assert words[0] == "--rm", "nothing is left behind by a container that has stopped"


def test_no_secret_stands_on_the_command_line_or_in_an_address(plan):
    (program,) = [each for each in plan.services() if each.name == "notifications"]
    secrets = [value for name, value in program.env.items() if name.endswith("_PASSWORD")]

    assert len(secrets) == 2
    assert not [word for word in program.command for secret in secrets if secret in word]
    assert program.env["MENTORING_DATABASE_URL"] == "postgresql://notifications_app@127.0.0.1:32032/mentoring"
    passed = {b for a, b in itertools.pairwise(program.command) if a == "--env"}
    assert passed == set(program.env), "what the client of the engine knows is what the container gets"


def test_the_owners_password_is_for_migrations_only(plan):
    serving, migrating = (plan.containers.inside(plan.env("profiles", owner=owner)) for owner in (False, True))

    assert {name for name in migrating if name not in serving} == {
        "MENTORING_OWNER_DATABASE_URL",
        "MENTORING_OWNER_DATABASE_PASSWORD",
    }


def test_settings_from_the_environment_reach_the_container_and_what_is_the_platforms_own_does_not(plan, monkeypatch):
    monkeypatch.setenv("MENTORING_LOG_LEVEL", "debug")
    monkeypatch.setenv("MENTORING_LOCAL_ROOT", "/elsewhere")

    inside = plan.containers.inside(plan.env("profiles"))
    assert inside["MENTORING_LOG_LEVEL"] == "debug"
    assert "MENTORING_LOCAL_ROOT" not in inside
    assert inside["MENTORING_JWKS_URL"] == "file:///etc/mentoring/jwks.json"


def test_two_instances_do_not_share_a_name(plan, tmp_path):
    other = Containers(IMAGE, tmp_path / "other")

    assert plan.containers.named("profiles") != other.named("profiles")


def test_a_service_may_take_as_long_to_stop_as_the_chassis_promises():
    assert containers.LONGEST_STOP == LONGEST_STOP


def test_without_an_engine_or_the_image_a_sentence_names_the_mend(tmp_path, monkeypatch):
    engine = tmp_path / "docker"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalError, match="neither is on PATH"):
        Image.find("mentoring:dev")

    _is(engine, "exit 1")
    with pytest.raises(LocalError, match="does not answer"):
        Image.find("mentoring:dev")

    _is(engine, '[ "$1" = info ]')
    with pytest.raises(LocalError, match="make image TAG=mentoring:dev"):
        Image.find("mentoring:dev")

    _is(engine, "echo sha256:4567")
    assert Image.find("mentoring:dev") == Image("mentoring:dev", "sha256:4567", str(engine))


def test_a_container_that_lost_its_client_makes_room_for_the_next(tmp_path, plan):
    engine = tmp_path / "engine"
    _is(engine, f'echo "$1 $2" >> {tmp_path}/asked')
    command = ("sh", "-c", containers.RUN, str(engine), "its-name", "--rm", "image")

    subprocess.run(command, check=True)
    assert (tmp_path / "asked").read_text().splitlines() == ["rm --force", "run --rm"]


def _is(engine, script):
    engine.write_text(f"#!/bin/sh\n{script}\n")
    engine.chmod(0o755)


def _words(plan, name):
    (program,) = [each for each in plan.services() if each.name == name]
    return program.command[5:]


def _after(flag, words):
    return words[words.index(flag) + 1]
