"""`python -m deploy.local run`: a service's own commands reach the running parts."""

import json
import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local import __main__ as cli
from deploy.local.places import places
from deploy.local.plan import Own, Plan
from deploy.local.ports import Ports
from deploy.local.problems import LocalError
from deploy.local.processes import Processes


@pytest.fixture
def root(tmp_path):
    """The folder of an instance that seems to be up, on other ports than the usual ones."""
    plan = Plan(tmp_path, Ports.from_base(21000), Own(smtp_url="smtp://mail.example:25"))
    plan.postgres.folder.mkdir()
    where = places(plan, Processes(tmp_path / "run", str(tmp_path), tmp_path), servers_only=False)
    (tmp_path / "platform.json").write_text(json.dumps(where))
    return tmp_path


@pytest.fixture
def started(monkeypatch):
    """What would have been run."""
    seen = {}

    def take_over(program, words, env):
        seen.update(program=program, words=words, env=env)

    monkeypatch.setattr(os, "execve", take_over)
    monkeypatch.chdir(Path.cwd())  # `run` goes to the checkout; come back afterwards
    return seen


def ask(*words: str):
    return CliRunner().invoke(cli.app, ["run", *words], catch_exceptions=False)


def test_a_command_gets_the_addresses_of_what_runs(root, started):
    assert ask("--root", str(root), "notifications", "parked", "list", "--json").exit_code == 0
    assert started["words"] == [sys.executable, "-m", "services.notifications", "parked", "list", "--json"]
    env = started["env"]
    assert env["MENTORING_DATABASE_URL"].startswith("postgresql://notifications_app:")
    assert "127.0.0.1:21032/mentoring" in env["MENTORING_DATABASE_URL"]
    assert env["MENTORING_KAFKA_BROKERS"] == "127.0.0.1:21092"
    assert env["MENTORING_SMTP_URL"] == "smtp://mail.example:25"


def test_only_migrations_get_the_owners_address(root, started):
    ask("--root", str(root), "matching", "migrate")
    assert "matching_owner:" in started["env"]["MENTORING_OWNER_DATABASE_URL"]
    ask("--root", str(root), "matching", "outbox", "status")
    assert "MENTORING_OWNER_DATABASE_URL" not in started["env"]


def test_help_behind_the_service_is_the_services(root, started):
    ask("--root", str(root), "matching", "--help")
    assert started["words"][-2:] == ["services.matching", "--help"]


def test_a_service_that_does_not_exist_is_named_with_those_that_do(root, started):
    with pytest.raises(
        LocalError, match=r"no service mentors.*profiles, matching, engagement, notifications, webhooks"
    ):
        ask("--root", str(root), "mentors", "parked", "list")
    assert not started


def test_without_a_platform_the_way_out_is_said(tmp_path, started):
    with pytest.raises(LocalError, match="make up"):
        ask("--root", str(tmp_path), "matching", "parked", "list")
    assert not started
