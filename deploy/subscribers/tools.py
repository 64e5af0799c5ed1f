"""The tools of other languages: which are on this machine, and running them with a reason when that fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from deploy.local.children import REPOSITORY
from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HOME = REPOSITORY / ".local" / "subscribers"
"""Where everything is built. Nothing of it belongs into the repository."""
QUICKTYPE = "quicktype@26.0.0"
MODELS_IN_PYTHON = "datamodel-code-generator==0.89.0"
REACT_COMPONENT = "@asyncapi/react-component@3.2.1"
NODE = "node@24.21.0"
"""For the TypeScript client, where the machine's own Node is too old for `node:sqlite`."""
_NEEDED = {
    "javac": ((17,), "a JDK, 17 or newer (Debian: apt-get install default-jdk-headless)"),
    "mvn": ((3, 6), "Maven, 3.6 or newer (Debian: apt-get install maven)"),
    "go": ((1, 26), "Go, 1.26 or newer"),
    "node": ((20, 19), "Node, 20.19 or newer, with npm"),
    "npm": ((9,), "npm, 9 or newer"),
}
_HOW = {"javac": "-version", "go": "version"}
_NO_NETWORK = re.compile(
    "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|NameResolutionError"
    "|ReadTimeout|[Nn]ame resolution|Unknown host|Network is unreachable|Connection (refused|reset|timed out)"
    "|i/o timeout|no such host"
)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


class Unavailable(LocalError):
    """A tool is not on this machine, or what it needs cannot be downloaded now; the message says which."""


def need(*tools: str) -> None:
    """Returns when each of them is here and new enough."""
    for tool in tools:
        least, name = _NEEDED[tool]
        found = version(tool)
        if found is None:
            raise Unavailable(f"{tool} is not on this machine; install {name}.")
        if found < least:
            raise Unavailable(f"{tool} is {'.'.join(map(str, found))} here; install {name}.")


def version(tool: str) -> tuple[int, ...] | None:
    """What the tool says of itself; none if it is not here."""
    if shutil.which(tool) is None:
        return None
    said = subprocess.run([tool, _HOW.get(tool, "--version")], capture_output=True, text=True, check=False)  # noqa: S603
    number = re.search(r"\d+(\.\d+)*", _COLOUR.sub("", said.stdout + said.stderr))
    return tuple(map(int, number[0].split("."))) if number else None


def run(command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """What it wrote to its output. If it fails: `Unavailable` for want of a network, else what it said."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(  # noqa: S603
            words, cwd=folder, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise Unavailable(f"{words[0]} is not on this machine.") from None
    if done.returncode == 0:
        return done.stdout
    said = (done.stdout + done.stderr).strip()
    line = " ".join([words[0].rpartition("/")[2], *words[1:]])
    if _NO_NETWORK.search(said):
        raise Unavailable(f"`{line}` could not download what it needs: {said.splitlines()[-1]}")
    raise LocalError(f"`{line}` in {folder} failed:\n{said[-3000:]}")


def npm_tool(package: str) -> Path:
    """The folder of a tool from npm with its commands in `node_modules/.bin`; downloaded once."""
    need("node", "npm")
    folder = HOME / "tools" / package.rpartition("@")[0].strip("@").replace("/", "-")
    stamp = folder / package.replace("/", "-")
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true}')
        run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", package], folder)
        stamp.touch()
    return folder
