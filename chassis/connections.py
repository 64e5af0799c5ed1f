"""Connections to PostgreSQL: every wait bounded, and a standby found behind a primary that has gone."""

import json
import ssl
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from chassis.db import LOST_CONNECTION
from chassis.settings import PREFIX

Address = str | Callable[[], str]
"""An address, or what gives it with the password of that moment."""

COMMAND_TIMEOUT = 30.0
CONNECT_TIMEOUT = 4.0
"""Seconds, for each host of an address."""


class Refused(SystemExit):
    """PostgreSQL will not let us in however often we ask: the password or a certificate is wrong."""


async def open_pool(dsn: Address, *, size: int, name: str) -> asyncpg.Pool:
    """A pool whose every wait is bounded, and which speaks JSON."""
    try:
        return await asyncpg.create_pool(
            cast("str", dsn),
            min_size=1,
            max_size=size,
            command_timeout=COMMAND_TIMEOUT,
            connect=cast("Any", _connect),
            max_inactive_connection_lifetime=300,
            server_settings={"application_name": name},
            init=speak_json,
            reset=_keep_as_it_is,
        )
    except (asyncpg.PostgresError, OSError) as error:
        raise refusal(error, dsn) or error from error


async def _keep_as_it_is(_connection: Any) -> None:
    """We leave no session state behind, so asyncpg's RESET ALL would be a round trip for nothing."""


async def speak_json(connection: Any) -> None:
    """Values of jsonb come and go as Python's."""
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


async def open_connection(dsn: Address, *, name: str, command_timeout: float | None = COMMAND_TIMEOUT) -> Any:
    """A connection of one's own, outside the pool: for session advisory locks, for work that takes long."""
    return await _connect(dsn, command_timeout=command_timeout, server_settings={"application_name": name})


async def _connect(address: Address, **options: Any) -> Any:
    """Tries the hosts of the address in turn; a silent one costs its own time, not that of the others.

    asyncpg can try them, too, but within one timeout: a primary that has vanished would hide its standby for ever.
    """
    trouble: Exception | None = None
    dsn = address() if callable(address) else address
    for each in _one_by_one(dsn):
        try:
            connection = await asyncpg.connect(each, timeout=CONNECT_TIMEOUT, **options)
        except LOST_CONNECTION as error:
            trouble = error
        else:
            _answered[dsn] = each
            return connection
    assert trouble is not None  # noqa: S101 - there is one host at least
    raise trouble


_answered: dict[str, str] = {}
"""Which host of an address has answered last: it is asked first."""


def _one_by_one(dsn: str) -> list[str]:
    """`//user@a:1,b:2/name` as one address for each host."""
    parts = urlsplit(dsn)
    user, at, hosts = parts.netloc.rpartition("@")
    each = [urlunsplit(parts._replace(netloc=f"{user}{at}{host}")) for host in hosts.split(",")]
    return sorted(each, key=lambda address: address != _answered.get(dsn))


def refusal(error: BaseException, address: Address) -> Refused | None:
    """What to say of an error that trying again does not mend; None if it may."""
    parts = urlsplit(address() if callable(address) else address)
    server = f"PostgreSQL at {parts.netloc.rpartition('@')[2]}"
    match error:
        case ssl.SSLCertVerificationError():
            return Refused(
                f"{server} shows a certificate that is not trusted: {error.verify_message.rstrip('.')}. "
                f"Look at sslrootcert in the address ({PREFIX}DATABASE_URL)."
            )
        case ssl.SSLError():
            return Refused(f"{server} does not agree on TLS: {error.reason or error}.")
        case asyncpg.InvalidAuthorizationSpecificationError():
            return Refused(f"{server} refuses the role {parts.username} or its password.")
    return None
