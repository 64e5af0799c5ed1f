"""The release before: its code beside ours, as a platform team has both while it rolls out."""

import asyncio
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.children import REPOSITORY
from tests.faults.report.row import NotRun

RELEASES = REPOSITORY / "deploy" / "releases.toml"
ENVIRONMENTS = REPOSITORY / ".local" / "cache" / "releases"


@dataclass(frozen=True)
class Release:
    """Something that was released, and where its code lies now."""

    version: str
    commit: str
    home: Path

    async def migrate(self, service: str, env: Mapping[str, str]) -> None:
        """Brings the schema to what this release knows."""
        await run_migration(self.home, service, env)


async def run_migration(home: Path, service: str, env: Mapping[str, str]) -> None:
    """`python -m services.<service> migrate`, with the code that lies there."""
    words = (interpreter(home), "-m", f"services.{service}", "migrate")
    ran = await asyncio.create_subprocess_exec(*words, cwd=home, env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    assert await ran.wait() == 0, f"the migration of {service} failed"


def home_of(service: str, home: Path) -> Path:
    """That checkout, unless the service is younger: then it runs as it is now, as it will beside that release."""
    return home if (home / "services" / service).is_dir() else REPOSITORY


def interpreter(home: Path) -> str:
    """The Python that has what this code requires: ours, or that of the checkout."""
    return sys.executable if home == REPOSITORY else str(home / ".venv" / "bin" / "python")


def check_out_newest(folder: Path) -> Release:
    """The newest release's code, in that folder, with what it requires. A clone without history has none."""
    newest = tomllib.loads(RELEASES.read_text(encoding="utf-8"))["release"][0]
    folder.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "archive", newest["commit"]], cwd=REPOSITORY, capture_output=True, check=False
    )  # fmt: skip
    if archive.returncode:
        raise NotRun(f"the commit of release {newest['version']} is not in this clone")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    (folder / ".venv").symlink_to(_environment(folder, newest["commit"]))
    return Release(newest["version"], newest["commit"], folder)


def _environment(home: Path, commit: str) -> Path:
    """What that release pins, installed once for all runs: it may need packages that we have dropped since."""
    made = ENVIRONMENTS / commit[:12]
    if not (made / "whole").exists():
        shutil.rmtree(made, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
        pinned = home / "requirements" / "runtime.txt"
        install = (
            made / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--requirement",
            pinned,
        )
        subprocess.run(install, check=True)
        (made / "whole").touch()
    return made
