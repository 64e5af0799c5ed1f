"""Kafka and PostgreSQL in containers instead of local processes: `LOCAL=compose`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("compose.yaml")


def refuse_missing() -> None:
    """Stop before anything is started where no engine with compose answers."""
    words = ["docker", "compose", "version"]
    if not shutil.which("docker") or subprocess.run(words, capture_output=True, check=False).returncode:
        raise LocalError(
            "LOCAL=compose needs a container engine with `docker compose`, and none answers: nothing was started. "
            "Leave LOCAL out to use local processes."
        )


def up(project: str, env: Mapping[str, str]) -> None:
    """Start the containers and wait until their health checks pass."""
    _compose(project, env, "up", "--detach", "--wait")


def down(project: str) -> None:
    """Stop the containers; their volumes stay."""
    _compose(project, {}, "down")


def _compose(project: str, env: Mapping[str, str], *words: str) -> None:
    command = ["docker", "compose", "--file", str(FILE), "--project-name", project, *words]
    ran = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise LocalError(f"`docker compose {words[0]}` failed:\n{ran.stderr[-2000:]}")
