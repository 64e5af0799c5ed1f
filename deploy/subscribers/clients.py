"""The example clients of docs/subscribers, built in `.local/subscribers` with their models, and how to start them."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.children import REPOSITORY
from deploy.local.problems import LocalError
from deploy.subscribers import models
from deploy.subscribers.tools import HOME, NODE, Unavailable, need, npm_tool, run, version

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCES = REPOSITORY / "docs" / "subscribers"
LANGUAGES = tuple(models.PLACES)
NODE_WITH_SQLITE = (22, 22)
_NEEDS = {"python": (), "java": ("javac", "mvn", "npm"), "go": ("go", "npm"), "typescript": ("npm",)}


@dataclass(frozen=True)
class Client:
    """An example client that is ready to run."""

    language: str
    folder: Path
    command: tuple[str, ...]
    """What starts it, from any folder; its own options come behind."""


def prepare(language: str) -> Client:
    """Builds the client of this language, or finds it built from the same sources.

    `Unavailable` says which tool is missing or what could not be downloaded.
    """
    if language not in LANGUAGES:
        raise LocalError(f"There is no client in {language}. There are: {', '.join(LANGUAGES)}.")
    need(*_NEEDS[language])
    folder, built_from = HOME / language, _digest(language)
    stamp = folder / ".built-from"
    if not stamp.exists() or stamp.read_text() != built_from:
        stamp.unlink(missing_ok=True)
        _copy(language, folder)
        models.generate(language, folder)
        _BUILD[language](folder)
        stamp.write_text(built_from)
    return Client(language, folder, _command(language, folder))


def login(platform: Path) -> dict[str, str]:
    """The environment that the clients want, from what `make up` has written down."""
    if not platform.exists():
        raise LocalError(f"There is no {platform}: the platform is not up. Start it with `make up`.")
    where = json.loads(platform.read_text(encoding="utf-8"))
    if "kafka_security" not in where:
        raise LocalError("This Kafka wants no login (it is your own); the example clients come with one.")
    found = {"KAFKA_BOOTSTRAP": ",".join(where["kafka"])}
    return found | {
        "KAFKA_USER": where["kafka_security"]["user"],
        "KAFKA_PASSWORD_FILE": where["kafka_security"]["password_file"],
    }


def sources(language: str) -> list[Path]:
    """What a person wrote of a client: not models, builds or downloads that lie beside it."""
    home = SOURCES / language
    left_out = {"target", "node_modules", "models", "models.py", "models.ts", "__pycache__"}
    found = (path for path in home.rglob("*") if not left_out & set(path.relative_to(home).parts))
    return sorted(path for path in found if path.is_file() and not path.suffix.startswith(".db"))


def _digest(language: str) -> str:
    """Changes with the client's sources, the contracts and the way models are made from them."""
    known = hashlib.sha256(json.dumps(models.all_events(language)).encode())
    for path in [Path(models.__file__), Path(__file__), *sources(language)]:
        known.update(path.read_bytes())
    return known.hexdigest()


def _copy(language: str, folder: Path) -> None:
    for path in sources(language):
        target = folder / path.relative_to(SOURCES / language)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _build_python(folder: Path) -> None:
    python = folder / "venv" / "bin" / "python"
    run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"], folder)


def _build_java(folder: Path) -> None:
    """Without the network where everything was downloaded before."""
    try:
        run(["mvn", "--batch-mode", "--quiet", "--offline", "package"], folder)
    except LocalError:
        run(["mvn", "--batch-mode", "--quiet", "package"], folder)


def _build_go(folder: Path) -> None:
    run(["go", "build", "-o", "subscriber", "."], folder)


def _build_typescript(folder: Path) -> None:
    run(["npm", "install", "--no-audit", "--no-fund"], folder)
    run(["node_modules/.bin/tsc"], folder)


_BUILD: dict[str, Callable[[Path], None]] = {
    "python": _build_python,
    "java": _build_java,
    "go": _build_go,
    "typescript": _build_typescript,
}


def _command(language: str, folder: Path) -> tuple[str, ...]:
    match language:
        case "python":
            return (str(folder / "venv/bin/python"), str(folder / "subscriber.py"))
        case "java":
            return ("java", "-jar", str(folder / "target/subscriber.jar"))
        case "go":
            return (str(folder / "subscriber"),)
        case _:
            return (_node(), "--disable-warning=ExperimentalWarning", str(folder / "subscriber.ts"))


def _node() -> str:
    """A Node that has SQLite inside: this machine's, or one from npm."""
    own = version("node")
    if own is None:
        raise Unavailable("node is not on this machine; install Node, 22.22 or newer, with npm.")
    return "node" if own >= NODE_WITH_SQLITE else str(npm_tool(NODE) / "node_modules/.bin/node")
