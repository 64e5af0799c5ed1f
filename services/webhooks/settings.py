"""What this service needs to know beyond the chassis' settings."""

import base64
import binascii
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from chassis import settings
from chassis.secret import current
from services.webhooks.domain.target import ANY_PORT, Rules

_KEY_BYTES = 32
_HIGHEST_PORT = 65_535


class Settings(settings.Settings):
    """Where events may be sent, how fast, and the key that seals the receivers' secrets."""

    webhooks_keys: SecretStr | None = Field(
        None, description="seals secrets: 32 bytes in URL-safe base64; several with commas, the first one seals anew"
    )
    webhooks_keys_file: Path | None = Field(None, description="or a file that holds them")
    webhooks_allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (), description="inside addresses that receivers may have all the same: 10.1.0.0/16, several with commas"
    )
    webhooks_ports: str = Field("443", description="ports that receivers may have, several with commas; or `any`")
    webhooks_plain_http: bool = Field(False, description="outside production: http:// too")
    webhooks_ca_file: Path | None = Field(None, description="CA certificates besides the system's, for receivers")
    webhooks_timeout_seconds: float = Field(10, gt=0, le=15, description="for a receiver's whole answer")
    webhooks_at_once: int = Field(128, ge=4, le=2_000, description="requests under way in one process")
    webhooks_at_once_each: int = Field(8, ge=1, le=100, description="requests under way for one subscription")
    webhooks_per_second: int = Field(50, ge=1, le=1_000, description="most that a subscription may ask for")
    webhooks_largest_bytes: int = Field(
        128 * 1024, ge=1_024, le=1_000_000, description="of an event; a larger one is sent without its data"
    )

    @field_validator("webhooks_allowed_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return tuple(_network(part) for part in _parts(value)) if isinstance(value, str) else value

    @field_validator("webhooks_ports")
    @classmethod
    def _numbers(cls, value: str) -> str:
        if value.strip() != "any" and not all(
            part.isascii() and part.isdigit() and 0 < int(part) <= _HIGHEST_PORT for part in _parts(value) or [""]
        ):
            raise ValueError("give port numbers, several with commas: 443,8443; or `any`")
        return value

    @model_validator(mode="after")
    def _keys_and_caution(self) -> "Settings":
        if (self.webhooks_keys is None) == (self.webhooks_keys_file is None):
            raise ValueError("give MENTORING_WEBHOOKS_KEYS or MENTORING_WEBHOOKS_KEYS_FILE, one of the two")
        if self.webhooks_keys is not None:
            keys_in(self.webhooks_keys.get_secret_value())
        if self.environment == "production" and self.webhooks_plain_http:
            raise ValueError("MENTORING_WEBHOOKS_PLAIN_HTTP is refused in production: events would travel in the open")
        return self

    def sealing_keys(self) -> list[str]:
        """The keys as they are now; the first one seals, all of them open."""
        return keys_in(current(self.webhooks_keys, self.webhooks_keys_file) or "")

    def rules(self) -> Rules:
        """What a receiver's address may look like."""
        ports = ANY_PORT if self.webhooks_ports.strip() == "any" else frozenset(map(int, _parts(self.webhooks_ports)))
        return Rules(self.webhooks_plain_http, ports)


def keys_in(text: str) -> list[str]:
    """The keys of a list with commas, or a `ValueError` that says how to make one."""
    keys = _parts(text)
    if not keys or not all(_is_key(key) for key in keys):
        raise ValueError(
            "MENTORING_WEBHOOKS_KEYS must hold 32 bytes in URL-safe base64 each, several with commas; one is made by"
            " `python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'`"
        )
    return keys


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(f"{text} is no network; give 10.1.0.0/16 or fd00:1::/32, several with commas") from None
