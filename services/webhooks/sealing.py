"""Signing secrets: made here, shown once, and kept sealed with a key that the database does not have."""

import base64
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from services.webhooks.settings import Settings

PREFIX = "whsec_"
_BYTES = 32


class CannotOpen(RuntimeError):
    """A secret was sealed with a key that is not in MENTORING_WEBHOOKS_KEYS any more."""


def new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def seal(settings: Settings, secret: str) -> bytes:
    """The secret as it may lie in the database."""
    return _box(settings).encrypt(secret.encode())


def unseal(settings: Settings, sealed: bytes) -> str:
    """The secret again."""
    try:
        return _box(settings).decrypt(sealed).decode()
    except InvalidToken:
        raise CannotOpen(CannotOpen.__doc__) from None


def _box(settings: Settings) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.sealing_keys()])
