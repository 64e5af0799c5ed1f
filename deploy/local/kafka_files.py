"""Kafka's jars: downloaded once from Maven's central repository, checked against the list in this folder."""

from __future__ import annotations

import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.local.children import REPOSITORY
from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from rich.console import Console

VERSION = "4.3.1"
# Without the second the resolver picks older clients and Kafka dies with NoSuchMethodError.
COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{VERSION}",
    f"org.apache.kafka:kafka-clients:{VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5",
)
CHECKSUMS = Path(__file__).with_name("kafka-jars.sha256")


def cache_folder() -> Path:
    """Where downloads are kept, shared by every instance: `.local/cache`, or MENTORING_CACHE."""
    return Path(os.environ.get("MENTORING_CACHE") or REPOSITORY / ".local" / "cache").resolve()


def kafka_folder() -> Path:
    return cache_folder() / f"kafka-{VERSION}"


def expected(checksums: Path = CHECKSUMS) -> dict[str, str]:
    """Maven path of each jar → its SHA-256, in the order of the class path."""
    lines = (line.split() for line in checksums.read_text().splitlines() if line.strip())
    return {path: digest for digest, path in lines}


def jars(folder: Path) -> list[Path]:
    """The class path, always in the same order (the start-up cache depends on it)."""
    return [folder / "jars" / path for path in expected()]


def verify(jar: Path, digest: str) -> None:
    """Refuse a jar that is not the one we know."""
    found = hashlib.sha256(jar.read_bytes()).hexdigest()
    if found != digest:
        raise LocalError(
            f"{jar.name} is not the file we know (SHA-256 {found}, expected {digest}): nothing was started. "
            f"Delete {jar} and run `make setup` again; if it happens again, do not trust the network between."
        )


def download(folder: Path, console: Console) -> None:
    """Bring the missing jars, each checked before it is put in its place; check those that are there."""
    missing = {}
    for path, digest in expected().items():
        jar = folder / "jars" / path
        if jar.exists():
            verify(jar, digest)
        else:
            missing[path] = digest
    if missing:
        _bring(folder, missing, console)


def _bring(folder: Path, missing: dict[str, str], console: Console) -> None:
    incoming = folder / f"incoming-{os.getpid()}"
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, console=console) as progress, ThreadPoolExecutor(4) as pool:
            task = progress.add_task(f"Apache Kafka {VERSION}: jars", total=len(missing))
            for _ in pool.map(lambda item: _bring_one(incoming, folder, *item), missing.items()):
                progress.advance(task)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _bring_one(incoming: Path, folder: Path, path: str, digest: str) -> None:
    from jgo.maven import MavenContext  # noqa: PLC0415  slow to import, rarely needed

    *group, artifact, version, _ = path.split("/")
    context = MavenContext(repo_cache=incoming, timeout=60)
    try:
        jar = Path(context.project(".".join(group), artifact).at_version(version).artifact().resolve())
    except (OSError, RuntimeError, ValueError) as reason:
        raise LocalError(
            f"{Path(path).name} could not be downloaded: {reason}. Check the network and the certificate "
            "settings (REQUESTS_CA_BUNDLE, HTTPS_PROXY), then run `make setup` again."
        ) from reason
    verify(jar, digest)
    target = folder / "jars" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    jar.replace(target)


def write_checksums(console: Console) -> None:
    """Resolve the coordinates anew and write the list of jars; for whoever raises the version."""
    import tempfile  # noqa: PLC0415

    from jgo.env import EnvironmentBuilder, LinkStrategy  # noqa: PLC0415
    from jgo.maven import MavenContext  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "repository"
        builder = EnvironmentBuilder(
            context=MavenContext(repo_cache=repository, timeout=60),
            cache_dir=Path(folder) / "cache",
            link_strategy=LinkStrategy.HARD,
        )
        builder.from_endpoint("+".join(COORDINATES))
        found = sorted(repository.rglob("*.jar"))
        lines = [f"{hashlib.sha256(j.read_bytes()).hexdigest()}  {j.relative_to(repository)}" for j in found]
    CHECKSUMS.write_text("\n".join(lines) + "\n")
    console.print(f"{len(lines)} jars written to {CHECKSUMS.name}; read the difference before you commit it.")
