"""Who may log in to our Kafka: a user, how it logs in, and a file with its password that only we may read."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.local.postgres import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping

ADMIN = "admin"
"""May do everything. Its password stands in the broker's own settings, so that it can make the other users."""
SUBSCRIBER = "kafka-subscriber"
"""May read every topic but the one with names and addresses."""


@dataclass(frozen=True)
class Login:
    """What `platform.json` says of a user."""

    mechanism: str
    user: str
    password_file: str

    @property
    def password(self) -> str:
        return Path(self.password_file).read_text(encoding="utf-8")

    def env(self) -> dict[str, str]:
        """For a process of ours; no password stands in an environment or on a command line."""
        return {
            "MENTORING_KAFKA_USER": self.user,
            "MENTORING_KAFKA_MECHANISM": self.mechanism,
            "MENTORING_KAFKA_PASSWORD_FILE": self.password_file,
        }


def login_of(folder: Path, user: str) -> Login:
    """The user's login; its password is made up the first time."""
    file = folder / user
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(file, secrets.token_urlsafe(24))
    return Login("PLAIN" if user == ADMIN else "SCRAM-SHA-512", user, str(file))


def client(brokers: str, login: Login | Mapping[str, str] | None = None) -> dict[str, Any]:
    """Settings of a client in the words of confluent_kafka; without a login for a Kafka that is open to all."""
    found: dict[str, Any] = {"bootstrap.servers": brokers, "log_level": 0}
    if login is None:
        return found
    who = login if isinstance(login, Login) else Login(**login)
    found |= {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": who.mechanism}
    return found | {"sasl.username": who.user, "sasl.password": who.password}
