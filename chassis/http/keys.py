"""The public keys of the identity provider, fetched when needed and kept for a while."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from chassis.errors import Unavailable

log = structlog.get_logger()

Key = RSAKey | ECKey
KEPT_SECONDS = 3_600.0
"""A key that its issuer withdraws is refused after this time at the latest."""
PAUSE_SECONDS = 10.0
"""Strangers may send any key id; the issuer is asked again at most this often."""
FETCH_SECONDS = 5.0
SMALLEST_RSA_BITS = 2_048


class Keys:
    """Keys by their id (`kid`). An unknown id makes us look again, so keys can be rotated without a restart."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, Key] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def find(self, key_id: str | None) -> Key | None:
        """The key of that id; without an id, the only key there is."""
        if self._is_old() or self._named(key_id) is None:
            await self._refresh()
        if not self._keys:
            raise Unavailable(
                "The keys that sign access tokens cannot be fetched just now. Please try again.", retry_after=5
            )
        return self._named(key_id)

    def _named(self, key_id: str | None) -> Key | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    def _is_old(self) -> bool:
        return time.monotonic() - self._fetched_at > KEPT_SECONDS

    async def _refresh(self) -> None:
        async with self._fetching:
            if time.monotonic() - self._tried_at < PAUSE_SECONDS:
                return
            self._tried_at = time.monotonic()
            try:
                self._keys = _usable(await self._fetch())
            except (httpx.HTTPError, OSError, ValueError, TypeError, KeyError, JoseError) as error:
                # Old keys stay in use: an issuer that is away must not lock everybody out.
                log.warning("keys.unavailable", error=type(error).__name__)
                return
            self._fetched_at = time.monotonic()

    async def _fetch(self) -> dict[str, Any]:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return dict(json.loads(await asyncio.to_thread(Path(url2pathname(parts.path)).read_bytes)))
        async with httpx.AsyncClient(timeout=FETCH_SECONDS) as client:
            answer = await client.get(self._url)
            return dict(answer.raise_for_status().json())


def _usable(published: dict[str, Any]) -> dict[str, Key]:
    """Those that may sign tokens; an issuer may publish others as well."""
    usable: dict[str, Key] = {}
    for number, raw in enumerate(published["keys"]):
        if not isinstance(raw, dict) or raw.get("kty") not in ("RSA", "EC") or raw.get("use", "sig") != "sig":
            continue
        key = KeySet.import_key_set({"keys": [raw]}).keys[0]
        if _is_strong(key):
            usable[str(raw.get("kid", f"unnamed-{number}"))] = key  # type: ignore[assignment]
    return usable


def _is_strong(key: Any) -> bool:
    if isinstance(key, RSAKey):
        return bool(key.public_key.key_size >= SMALLEST_RSA_BITS)
    return isinstance(key, ECKey) and key.curve_name == "P-256"
