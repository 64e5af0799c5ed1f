"""Every command says what it does, shows an example and tells its exit codes; and the shell completes it."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from chassis.cli import make_app
from chassis.completion import SHELLS, complete_var, script
from deploy.local import __main__ as local
from deploy.local.children import REPOSITORY
from deploy.local.demo import __main__ as demo

SERVICES = ("profiles", "matching", "engagement", "notifications")


def _app_of(service: str) -> typer.Typer:
    more = [importlib.import_module("services.matching.commands").commands] if service == "matching" else []
    return make_app(importlib.import_module(f"services.{service}.__main__").SERVICE, *more)


def _demo() -> typer.Typer:
    app = typer.Typer(add_completion=False)
    app.command()(demo.main)
    return app


def _apps() -> dict[str, typer.Typer]:
    return {
        "chassis": importlib.import_module("chassis.__main__").app,
        **{f"services.{service}": _app_of(service) for service in SERVICES},
        "deploy.local": local.app,
        "deploy.local.demo": _demo(),
        "deploy.k8s_check": importlib.import_module("deploy.k8s_check.__main__").app,
    }


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for below, each in getattr(command, "commands", {}).items():
        yield from _commands(f"{name} {below}", each)


APPS = _apps()
COMMANDS = dict(
    each for name, app in APPS.items() for each in _commands(f"python -m {name}", typer.main.get_command(app))
)


def test_all_commands_of_the_platform_were_found():
    assert len(COMMANDS) > 60
    wanted = {"parked replay", "parked discard", "outbox status", "lag", "reconcile", "replay", "completion"}
    assert {f"python -m services.matching {each}" for each in wanted} <= COMMANDS.keys()
    assert {f"python -m chassis {each}" for each in ("trace", "topics diff", "topics apply", "lag", "replay")} <= (
        COMMANDS.keys()
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_a_sentence_an_example_and_the_exit_codes(name):
    said = COMMANDS[name].help or ""
    first, *others = said.split("\n\n")
    assert re.fullmatch(r"[A-Z].*[.:]", first.strip(), re.DOTALL), first
    assert any(each.strip().startswith("Example: ") for each in others), said
    (codes,) = [each for each in others if each.strip().startswith("Exit codes: ")]
    assert "2 " in codes


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_for(name):
    silent = [each.name for each in COMMANDS[name].params if hasattr(each, "help") and not each.help]
    assert silent == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_for_a_shell_asks_the_command_itself(shell):
    found = script(shell, "services.matching", "matching", complete_var("matching"))
    assert f"_MATCHING_COMPLETE=complete_{shell}" in found
    assert found.count(f"{sys.executable} -m services.matching") >= 2


def test_bash_completes_commands_and_options():
    asks = """
        eval "$({python} -m chassis completion bash)"
        COMP_WORDS=(chassis to); COMP_CWORD=1; _chassis_completion chassis; echo "${{COMPREPLY[@]}}"
        COMP_WORDS=(chassis topics ap); COMP_CWORD=2; _chassis_completion chassis; echo "${{COMPREPLY[@]}}"
    """
    ran = subprocess.run(
        ["/bin/bash", "-c", asks.format(python=sys.executable)],
        cwd=REPOSITORY,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["topics", "apply"]


WRONG = [
    ("chassis", "replay", "--service", "nobody"),
    ("chassis", "completion", "tcsh"),
    ("services.matching", "parked", "discard", "1", "--by", " ", "--reason", "x"),
    ("services.matching", "parked", "discard", "1", "--by", "Ada", "--reason", ""),
    ("services.matching", "replay", "--from", "yesterday"),
    ("services.matching", "replay", "--from", "2027-01-11T09:00"),
    ("services.matching", "replay", "--table", "matches"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=" ".join)
def test_wrong_use_is_two_and_a_sentence(wrong):
    name, *words = wrong
    ran = CliRunner().invoke(APPS[name], words, catch_exceptions=False)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr


@pytest.mark.parametrize("command", [["lag"], ["trace", "x"], ["topics", "diff"]], ids=" ".join)
def test_a_kafka_that_is_not_there_is_one_and_a_sentence(command, monkeypatch):
    monkeypatch.setenv("MENTORING_KAFKA_BROKERS", "127.0.0.1:9")
    ran = CliRunner().invoke(APPS["chassis"], command, catch_exceptions=False)
    assert ran.exit_code == 1
    assert ran.stderr.strip() == "Kafka cannot be used: 127.0.0.1:9 refuses connections: nothing listens there."


def test_a_database_that_is_not_there_is_one_and_a_sentence_without_its_password(monkeypatch):
    settings = {"DATABASE_URL": "postgresql://a:secret@127.0.0.1:9/x", "KAFKA_BROKERS": "127.0.0.1:9"}
    settings |= {"JWKS_URL": "http://127.0.0.1:9", "TOKEN_ISSUER": "test", "SMTP_URL": "smtp://127.0.0.1:9"}
    settings |= {"ENVIRONMENT": "test"}
    for setting, value in settings.items():
        monkeypatch.setenv(f"MENTORING_{setting}", value)
    for command in (["outbox", "status"], ["parked", "list"], ["reconcile"], ["replay"]):
        ran = CliRunner().invoke(APPS["services.notifications"], command, catch_exceptions=False)
        assert ran.exit_code == 1
        assert ran.stderr.strip() == "PostgreSQL at 127.0.0.1:9 cannot be used: nothing listens there."
        assert "secret" not in ran.output
