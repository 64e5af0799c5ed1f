"""A company's own Kafka, PostgreSQL, mail server and token issuer, on an address that pods can reach."""

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local import identity, roles
from deploy.local.children import free_port
from deploy.local.instance import Instance
from deploy.local.plan import Own, user_of
from deploy.local.ports import Ports
from deploy.local.postgres import ADMIN
from deploy.local.problems import LocalError
from deploy.local.roles import SERVICES, role_names
from deploy.local.steps import Steps
from deploy.local.supervisor_config import Program
from tests.cluster.overlay import Addresses
from tests.cluster.problems import CannotRun

ISSUER_OFFSET = 80
"""Beside the other ports, where MENTORING_PORT_BASE says where these begin."""


@dataclass
class Servers:
    """All under `root`: data, passwords, letters, keys; Kafka with the manifests' users and rules."""

    root: Path
    host: str
    instance: Instance = field(init=False)
    at: Addresses = field(init=False)

    def start(self, steps: Steps) -> "Servers":
        """Everything new and empty; the services' schemas are there, their tables are not."""
        base = os.environ.get("MENTORING_PORT_BASE", "")
        ports = Ports.from_env() if base else Ports.free()
        issuer = int(base) + ISSUER_OFFSET if base else free_port()
        self.instance = Instance(
            self.root, ports, Own(), test_clock=True, host=self.host, beside=(self._issuer(issuer),), steps=steps
        )
        try:
            self.instance.stop()
            self._publish_keys()
            self.instance.start(fresh=True, servers_only=True)
        except LocalError as reason:
            raise CannotRun(str(reason)) from reason
        self.at = Addresses(self.host, ports.kafka, ports.postgres, ports.smtp, issuer)
        return self

    def _publish_keys(self) -> None:
        """The public keys alone: beside them lies the one that signs."""
        folder = self.root / "published"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(identity.ensure_keys(self.root / "identity"), folder / "jwks.json")

    def _issuer(self, port: int) -> Program:
        words = (str(port), "--bind", self.host, "--directory", str(self.root.resolve() / "published"))
        return Program("issuer", (sys.executable, "-m", "http.server", *words))

    @property
    def places(self) -> dict[str, Any]:
        """As in `platform.json`."""
        return self.instance.places()

    @property
    def admin(self) -> str:
        """The administrator's address of the services' database."""
        return str(self.places["postgres"]["admin"])

    @property
    def passwords(self) -> dict[str, str]:
        """By role of PostgreSQL and by user of Kafka."""
        plan = self.instance.plan()
        found = {role: plan.postgres.password(role) for role in role_names()}
        for name in SERVICES:
            login = plan.kafka.login(user_of(name))
            found[user_of(name)] = login.password if login else ""
        return found

    def an_empty_database(self, name: str) -> Addresses:
        """One more database, with the services' schemas and not a table in it."""
        roles.create_database(self.instance.plan().postgres.dsn(ADMIN), name)
        return Addresses(**{**self.at.__dict__, "database": name})

    def stop(self) -> None:
        """Ends all of them; data stay."""
        self.instance.stop()
