"""What the local webhooks service needs: a key that seals secrets, and leave to send to this machine itself."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from deploy.local.postgres import write_private

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32


def new_key() -> str:
    """A sealing key as MENTORING_WEBHOOKS_KEYS wants it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def env(folder: Path) -> dict[str, str]:
    """Receivers on loopback, on any port, without TLS; the key is made up the first time."""
    file = folder / "sealing-keys"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(file, new_key())
    return {
        "MENTORING_WEBHOOKS_KEYS_FILE": str(file),
        "MENTORING_WEBHOOKS_ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
        "MENTORING_WEBHOOKS_PORTS": "any",
        "MENTORING_WEBHOOKS_PLAIN_HTTP": "true",
    }
