"""A small issuer of bearer tokens for one machine; never for production."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from deploy.local.postgres import write_private
from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ISSUER = "https://issuer.local"
AUDIENCE = "mentoring"
ROLES = ("participant", "coordinator", "administrator", "system")


def ensure_keys(folder: Path) -> Path:
    """The key pair of this instance, made once: `private.json` for us, `jwks.json` for the services."""
    refuse_production()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    private, public = folder / "private.json", folder / "jwks.json"
    if not private.exists():
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        write_private(private, json.dumps(key.as_dict(private=True)))
    if not public.exists():
        published = KeySet([_key(folder)]).as_dict(private=False)
        public.write_text(json.dumps(published, indent=2) + "\n")
    return public


def issue(
    folder: Path,
    subject: str,
    roles: Sequence[str],
    *,
    scopes: Sequence[str] = (),
    minutes: int = 60,
    now: float | None = None,
) -> str:
    """A signed token for `subject`. Lifetimes are real time, also where a test clock is set."""
    refuse_production()
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise LocalError(f"There is no role {', '.join(unknown)}. Roles are {', '.join(ROLES)}.")
    key, issued_at = _key(folder), int(time.time() if now is None else now)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "roles": list(roles),
        "scope": " ".join(scopes),
        "iat": issued_at,
        "exp": issued_at + minutes * 60,
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


def refuse_production() -> None:
    """Tokens that anybody on the machine can sign have no place in production."""
    if os.environ.get("MENTORING_ENVIRONMENT") == "production":
        raise LocalError("Local tokens are refused in production: take them from your identity provider.")


def _key(folder: Path) -> ECKey:
    path = folder / "private.json"
    if not path.exists():
        raise LocalError("There is no key to sign with yet. Run `make up` first.")
    return ECKey.import_key(json.loads(path.read_text()))
