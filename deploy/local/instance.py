"""One running platform: start it, look at it, stop it. The command line, the demo and the tests use this."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from deploy.local import compose, identity, postgres, startup
from deploy.local.children import LOOPBACK, REPOSITORY
from deploy.local.containers import Containers, Image
from deploy.local.orphans import end_postgres, sweep
from deploy.local.places import places
from deploy.local.plan import Own, Plan
from deploy.local.ports import DEFAULT_BASE, Ports, refuse_full_disk, refuse_taken
from deploy.local.postgres import write_private
from deploy.local.problems import LocalError
from deploy.local.processes import Processes
from deploy.local.roles import SERVICES
from deploy.local.sockets import remove_socket_folder
from deploy.local.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from deploy.local.supervisor_config import Program

MADE = ("kafka", "postgres", "letters", "run", "platform.json")
"""What a fresh start wipes. Anything else under the root is somebody else's."""


@dataclass
class Instance:
    """A platform of its own under `root`: data, logs, letters and `platform.json` lie there.

    `ports` and `own` are taken from the environment unless given; `test_clock` lets a demo move the calendar;
    `service_env` is added to every service's environment. Kafka is `guarded` by logins and access rules; the faults
    suite and the benchmarks leave that out, so that they measure what they measured before. Servers listen on `host`,
    with other programs `beside` them. With an `image` the services are containers of it.
    """

    root: Path
    ports: Ports | None = None
    own: Own | None = None
    test_clock: bool = False
    service_env: Mapping[str, str] = field(default_factory=dict)
    guarded: bool = True
    image: str = ""
    host: str = LOOPBACK
    beside: Sequence[Program] = ()
    steps: Steps = field(default_factory=Steps)

    def __post_init__(self) -> None:
        self.root = Path(self.root).resolve()
        self.processes = Processes(self.root / "run", str(self.root), REPOSITORY)

    @property
    def file(self) -> Path:
        return self.root / "platform.json"

    @property
    def letters(self) -> Path:
        return self.root / "letters"

    def places(self) -> dict[str, Any]:
        """What `platform.json` says; a sentence if nothing runs here."""
        if not self.file.exists():
            raise LocalError("The platform is not up. Run `make up`.")
        return cast("dict[str, Any]", json.loads(self.file.read_text()))

    @property
    def containers(self) -> Containers | None:
        """The services' containers, if the platform was started with an image."""
        recorded = json.loads(self.file.read_text()) if self.file.exists() else {}
        return Containers(Image(**recorded["image"]), self.root) if "image" in recorded else None

    def token(self, subject: str, *roles: str, minutes: int = 60, scopes: tuple[str, ...] = ()) -> str:
        """A bearer token of this instance's issuer."""
        return identity.issue(self.root / "identity", subject, roles, minutes=minutes, scopes=scopes)

    def start(self, *, fresh: bool = False, servers_only: bool = False) -> dict[str, Any]:
        """Bring everything up and answer what `platform.json` says; harmless when it is up already.

        `fresh` stops it first and wipes its data.
        """
        identity.refuse_production()
        image = Image.find(self.image) if self.image else None  # a wrong name wipes nothing
        if fresh:
            self.stop()
            self._wipe()
        self.root.mkdir(parents=True, exist_ok=True)
        with self._alone():
            plan = self.plan(image)
            if not self.processes.running():
                self._launch(plan, servers_only=servers_only)
            startup.start_servers(plan, self.processes, self.steps)
            startup.furnish(plan, self.steps)
            if not servers_only:
                startup.start_services(plan, self.processes, self.steps)
            self._write_places(plan, servers_only=servers_only)
        return self.places()

    def stop(self) -> list[str]:
        """Stop everything of this instance, also what got lost; answers what was stopped. Data stays."""
        if not self.root.exists():
            return []
        with self._alone():
            running = [info["name"] for info in self.processes.info() if info["pid"]]
            if self.processes.running():
                self.processes.stop(SERVICES)
                self.processes.stop(set(running) - set(SERVICES))
            self.processes.shutdown()
            lost = self._sweep()
            running += self._stop_containers()
            for owner in (self.processes.run, self.root / "postgres"):
                remove_socket_folder(owner)
            self.file.unlink(missing_ok=True)
        return running + lost

    def plan(self, image: Image | None = None) -> Plan:
        """What is started here, with the ports and servers of what runs already."""
        ports, own = self.ports or Ports.from_env(), self.own or Own.from_env()
        if self.file.exists() and self.processes.running():
            recorded = self.places()
            running = Ports(**recorded["ports"]), Own(**recorded["own"])
            # Asked for by name, and not what runs: say so. Not asked for: go on with what runs.
            if ports not in {running[0], Ports.from_base(DEFAULT_BASE)} or own not in {running[1], Own()}:
                raise LocalError("The platform is up with other ports or servers. Run `make down` first.")
            there = Image(**recorded["image"]) if "image" in recorded else None
            if image not in {None, there}:
                raise LocalError(f"The platform is up without image {self.image} as it is now. Run `make down` first.")
            ports, own, image = *running, there
            self.guarded = "kafka_security" in recorded
        return Plan(
            self.root,
            ports,
            own,
            self.test_clock,
            dict(self.service_env),
            self.host,
            self.beside,
            guarded=self.guarded,
            image=image,
        )

    def _launch(self, plan: Plan, *, servers_only: bool) -> None:
        lost = self._sweep()
        if lost:
            self.steps.say(f"Ended what an earlier start left behind: {', '.join(lost)}.")
        refuse_full_disk(self.root)
        if plan.own.compose:
            compose.refuse_missing()
        else:
            refuse_taken(plan.our_ports(with_services=not servers_only), self.host)
        with self.steps("data folders and keys"):
            startup.prepare(plan, self.steps)
        with self.steps("process supervisor"):
            self.processes.launch([*plan.servers(), *plan.services()])
        # Recorded at once: a start that is cut short is continued with the same ports and passwords.
        self._write_places(plan, servers_only=servers_only)

    def _write_places(self, plan: Plan, *, servers_only: bool) -> None:
        where = places(plan, self.processes, servers_only=servers_only)
        write_private(self.file, json.dumps(where, indent=2) + "\n")  # it holds passwords

    def _sweep(self) -> list[str]:
        found = sweep(str(self.root)) + end_postgres(postgres.Postgres(self.root / "postgres", 0))
        return found + (self.containers.end() if self.containers else [])

    def _stop_containers(self) -> list[str]:
        recorded = json.loads(self.file.read_text()) if self.file.exists() else {}
        if not recorded.get("own", {}).get("compose"):
            return []
        compose.down(Plan(self.root, Ports(**recorded["ports"])).project)
        return ["containers"]

    def _wipe(self) -> None:
        for name in MADE:
            path = self.root / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two starts or stops at the same time take turns."""
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
