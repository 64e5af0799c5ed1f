"""What one instance runs: which parts are ours, which are the user's own, and each process's environment."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deploy.local import receivers
from deploy.local.children import LOOPBACK
from deploy.local.containers import Containers, Image
from deploy.local.identity import AUDIENCE, ISSUER
from deploy.local.kafka import Kafka
from deploy.local.postgres import ADMIN, Postgres
from deploy.local.problems import LocalError
from deploy.local.roles import SERVICES, with_database, with_role
from deploy.local.supervisor_config import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from deploy.local.ports import Ports

DATABASE = "mentoring"


def user_of(service: str) -> str:
    """A service's user on Kafka."""
    return f"kafka-{service}"


@dataclass(frozen=True)
class Own:
    """Servers of the user's own; for each that is named nothing is started."""

    database_url: str = ""
    kafka_brokers: str = ""
    smtp_url: str = ""
    compose: bool = False

    @classmethod
    def from_env(cls) -> Own:
        """DATABASE_URL, KAFKA_BROKERS, SMTP_URL, and LOCAL=compose."""
        where = os.environ.get("LOCAL", "")
        if where not in {"", "processes", "compose"}:
            raise LocalError(f"LOCAL={where} is unknown: leave it out, or say LOCAL=compose.")
        return cls(
            database_url=os.environ.get("DATABASE_URL", ""),
            kafka_brokers=os.environ.get("KAFKA_BROKERS", ""),
            smtp_url=os.environ.get("SMTP_URL", ""),
            compose=where == "compose",
        )


@dataclass(frozen=True)
class Plan:
    """All addresses of one instance and the programs to run for it."""

    root: Path
    ports: Ports
    own: Own = field(default_factory=Own)
    test_clock: bool = False
    service_env: Mapping[str, str] = field(default_factory=dict)
    host: str = LOOPBACK
    """Where our servers listen."""
    beside: Sequence[Program] = ()
    """What else runs with our servers."""
    guarded: bool = True
    """Whether our Kafka wants a login and lets each user do only its own."""
    image: Image | None = None
    """Whose containers the services are; without it they are processes of this checkout."""

    @property
    def kafka(self) -> Kafka:
        ports, guarded = (self.ports.kafka, self.ports.kafka_controller), self.guarded and self.runs_kafka
        return Kafka(self.root / "kafka", *ports, guarded=guarded, host=self.host)

    @property
    def postgres(self) -> Postgres:
        # All replicas of a cluster, during a rollout, need more connections than one process of each service.
        more = {} if self.host == LOOPBACK else {"max_connections": "600"}
        return Postgres(self.root / "postgres", self.ports.postgres, more, self.host)

    @property
    def runs_kafka(self) -> bool:
        return not (self.own.kafka_brokers or self.own.compose)

    @property
    def runs_postgres(self) -> bool:
        return not (self.own.database_url or self.own.compose)

    @property
    def brokers(self) -> str:
        return self.own.kafka_brokers or self.kafka.bootstrap

    @property
    def smtp_url(self) -> str:
        return self.own.smtp_url or f"smtp://{self.host}:{self.ports.smtp}"

    @property
    def admin_dsn(self) -> str:
        """The administrator's address on the server, as it can be used before our database exists."""
        return self.own.database_url or self.postgres.dsn(ADMIN)

    @property
    def database(self) -> str:
        """The user's own database if their address names one, else `mentoring`."""
        named = urlsplit(self.admin_dsn).path.strip("/")
        return DATABASE if named in {"", "postgres"} else named

    def dsn(self, role: str) -> str:
        """The address of our database for one role (`admin` for the administrator)."""
        dsn = with_database(self.admin_dsn, self.database)
        return dsn if role == "admin" else with_role(dsn, role, self.postgres.password(role))

    def servers(self) -> list[Program]:
        """Kafka, PostgreSQL and SMTP, as far as they are ours to run."""
        programs = []
        if self.runs_kafka:
            programs.append(Program("kafka", tuple(self.kafka.command())))
        if self.runs_postgres:
            programs.append(Program("postgres", tuple(self.postgres.command()), stop="INT"))
        if not self.own.smtp_url:
            at = ("--host", self.host, "--port", str(self.ports.smtp))
            words = ("smtp", *at, "--letters", str(self.root / "letters"))
            programs.append(Program("smtp", (sys.executable, "-m", "deploy.local", *words)))
        return [*programs, *self.beside]

    def services(self) -> list[Program]:
        """The services, each with its own role and without its owner's password."""
        return [self._service(name) for name in SERVICES]

    def _service(self, name: str) -> Program:
        port = str(self.ports.of([name])[name])
        words = (f"services.{name}", "serve", "--role", "all", "--port", port)
        if self.containers:
            return self.containers.service(name, words, self.env(name))
        return Program(name, (sys.executable, "-m", *words), self.env(name))

    @property
    def containers(self) -> Containers | None:
        """Where the services run, if it is not this machine itself."""
        return Containers(self.image, self.root) if self.image else None

    def env(self, service: str, *, owner: bool = False) -> dict[str, str]:
        """What a service reads; the owner's address only where it migrates."""
        env = {
            "PYTHONUNBUFFERED": "1",  # a log line is in its file when it is written
            "MENTORING_ENVIRONMENT": "local",
            "MENTORING_INSTANCE": f"{service}-0",
            "MENTORING_DATABASE_URL": self.dsn(f"{service}_app"),
            **self.kafka_env(user_of(service)),
            "MENTORING_JWKS_URL": (self.root / "identity" / "jwks.json").as_uri(),
            "MENTORING_TOKEN_ISSUER": ISSUER,
            "MENTORING_TOKEN_AUDIENCE": AUDIENCE,
        }
        if owner:
            env["MENTORING_OWNER_DATABASE_URL"] = self.dsn(f"{service}_owner")
        if service == "notifications":
            env["MENTORING_SMTP_URL"] = self.smtp_url
        if service == "webhooks":
            env |= receivers.env(self.root / "webhooks")
        if self.test_clock:
            env["MENTORING_TEST_CLOCK"] = "true"
        return {**env, **self.service_env}

    def kafka_env(self, user: str) -> dict[str, str]:
        """Where Kafka is, and how this user logs in."""
        login = self.kafka.login(user)
        return {"MENTORING_KAFKA_BROKERS": self.brokers, **(login.env() if login else {})}

    def our_ports(self, *, with_services: bool) -> dict[str, int]:
        """The ports we are about to listen on, by part."""
        names = [program.name for program in self.servers()]
        names += ["kafka_controller"] if self.runs_kafka else []
        return self.ports.of([*names, *(SERVICES if with_services else ())])

    @property
    def project(self) -> str:
        """The name of the containers' group."""
        return "mentoring" if self.root.name.startswith(".") else f"mentoring-{self.root.name}".lower()

    def compose_env(self) -> dict[str, str]:
        """What compose.yaml leaves open."""
        return {
            "MENTORING_KAFKA_PORT": str(self.ports.kafka),
            "MENTORING_POSTGRES_PORT": str(self.ports.postgres),
            "MENTORING_POSTGRES_PASSWORD": self.postgres.password(ADMIN),
        }
