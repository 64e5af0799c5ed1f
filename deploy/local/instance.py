"""One running platform: start it, look at it, stop it. The command line, the demo and the tests use this."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx

from deploy.local import compose, identity, kafka, postgres, roles, smtp, topics
from deploy.local.children import REPOSITORY, wait_until
from deploy.local.migrate import migrate_all
from deploy.local.orphans import end_postgres, sweep
from deploy.local.places import places
from deploy.local.plan import Own, Plan
from deploy.local.ports import Ports, refuse_full_disk, refuse_taken
from deploy.local.postgres import write_private
from deploy.local.problems import LocalError
from deploy.local.processes import Processes
from deploy.local.roles import SERVICES
from deploy.local.sockets import remove_socket_folder
from deploy.local.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MADE = ("kafka", "postgres", "letters", "run", "platform.json")
"""What a fresh start wipes. Anything else under the root is somebody else's."""


@dataclass
class Instance:
    """A platform of its own under `root`: data, logs, letters and `platform.json` lie there.

    `ports` and `own` are taken from the environment unless given; `test_clock` lets a demo move the calendar;
    `service_env` is added to every service's environment.
    """

    root: Path
    ports: Ports | None = None
    own: Own | None = None
    test_clock: bool = False
    service_env: Mapping[str, str] = field(default_factory=dict)
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

    def token(self, subject: str, *roles: str, minutes: int = 60, scopes: tuple[str, ...] = ()) -> str:
        """A bearer token of this instance's issuer."""
        return identity.issue(self.root / "identity", subject, roles, minutes=minutes, scopes=scopes)

    def start(self, *, fresh: bool = False, servers_only: bool = False) -> dict[str, Any]:
        """Bring everything up and answer what `platform.json` says; harmless when it is up already.

        `fresh` stops it first and wipes its data.
        """
        identity.refuse_production()
        if fresh:
            self.stop()
            self._wipe()
        self.root.mkdir(parents=True, exist_ok=True)
        with self._alone():
            plan = self._plan()
            if not self.processes.running():
                self._launch(plan, servers_only=servers_only)
            self._start_servers(plan)
            self._furnish(plan)
            if not servers_only:
                self._start_services(plan)
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

    def _plan(self) -> Plan:
        recorded = json.loads(self.file.read_text()) if self.file.exists() and self.processes.running() else {}
        ports = Ports(**recorded["ports"]) if "ports" in recorded else self.ports or Ports.from_env()
        own = Own(**recorded["own"]) if "own" in recorded else self.own or Own.from_env()
        return Plan(self.root, ports, own, self.test_clock, dict(self.service_env))

    def _launch(self, plan: Plan, *, servers_only: bool) -> None:
        lost = self._sweep()
        if lost:
            self.steps.say(f"Ended what an earlier start left behind: {', '.join(lost)}.")
        refuse_full_disk(self.root)
        if not plan.own.compose:
            refuse_taken(plan.our_ports(with_services=not servers_only))
        with self.steps("data folders and keys"):
            self._prepare(plan)
        with self.steps("process supervisor"):
            self.processes.launch([*plan.servers(), *plan.services()])
        # Recorded at once: a start that is cut short is continued with the same ports and passwords.
        self._write_places(plan, servers_only=servers_only)

    def _prepare(self, plan: Plan) -> None:
        identity.ensure_keys(self.root / "identity")
        for role in roles.role_names():
            plan.postgres.folder.mkdir(parents=True, exist_ok=True)
            plan.postgres.password(role)
        work = []
        with ThreadPoolExecutor(2) as pool:
            if plan.runs_kafka:
                kafka.prepare(self.steps.console)
                work.append(pool.submit(plan.kafka.format))
            if plan.runs_postgres:
                work.append(pool.submit(plan.postgres.initialise))
        for done in work:
            done.result()

    def _start_servers(self, plan: Plan) -> None:
        if plan.own.compose:
            with self.steps("containers"):
                compose.up(self._project, self._compose_env(plan))
        self.processes.start(program.name for program in plan.servers())
        with self.steps("PostgreSQL"):
            self._wait("postgres", lambda: postgres.is_ready(plan.admin_dsn), mine=plan.runs_postgres)
        if not plan.own.smtp_url:
            with self.steps("SMTP"):
                self._wait("smtp", lambda: smtp.is_ready(plan.ports.smtp))
        with self.steps("Kafka"):
            self._wait("kafka", lambda: kafka.is_ready(plan.brokers), mine=plan.runs_kafka)

    def _furnish(self, plan: Plan) -> None:
        with self.steps("roles and schemas"):
            passwords = {role: plan.postgres.password(role) for role in roles.role_names()}
            roles.create_roles(plan.admin_dsn, SERVICES, passwords)
            roles.create_database(plan.admin_dsn, plan.database)
        with self.steps("topics"):
            differences = topics.create_topics(plan.brokers, replication=topics.copies(plan.brokers))
        for difference in differences:
            self.steps.warn(difference)

    def _start_services(self, plan: Plan) -> None:
        with self.steps("migrations"):
            migrate_all(plan, self.processes)
        with self.steps("services"):
            self.processes.start(SERVICES)
            for name, port in plan.ports.of(SERVICES).items():
                self._wait(name, lambda port=port: _is_healthy(port))

    def _wait(self, name: str, ready: Any, *, mine: bool = True) -> None:
        died = (lambda: self.processes.died(name)) if mine else (lambda: None)
        try:
            wait_until(ready, within=60, what=name, died=died)
        except LocalError as reason:
            log = self.processes.log(name)
            raise LocalError(f"{reason}\nSee `make logs S={name}` ({log}); `make down` stops the rest.") from reason

    def _write_places(self, plan: Plan, *, servers_only: bool) -> None:
        where = places(plan, self.processes, servers_only=servers_only)
        write_private(self.file, json.dumps(where, indent=2) + "\n")  # it holds passwords

    def _sweep(self) -> list[str]:
        return sweep(str(self.root)) + end_postgres(postgres.Postgres(self.root / "postgres", 0))

    def _stop_containers(self) -> list[str]:
        recorded = json.loads(self.file.read_text()) if self.file.exists() else {}
        if not recorded.get("own", {}).get("compose"):
            return []
        compose.down(self._project, {})
        return ["containers"]

    @property
    def _project(self) -> str:
        return "mentoring" if self.root.name.startswith(".") else f"mentoring-{self.root.name}"

    def _compose_env(self, plan: Plan) -> dict[str, str]:
        return {
            "MENTORING_KAFKA_PORT": str(plan.ports.kafka),
            "MENTORING_POSTGRES_PORT": str(plan.ports.postgres),
            "MENTORING_POSTGRES_PASSWORD": plan.postgres.password(postgres.ADMIN),
        }

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


def _is_healthy(port: int) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=2).is_success
    return False
