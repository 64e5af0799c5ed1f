"""How to reach Kafka: one place for addresses, authentication and the client's wrong defaults."""

import asyncio
import ssl
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.helpers import create_ssl_context
from aiokafka.protocol.metadata import MetadataRequest
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from chassis import secret
from chassis.settings import KafkaSettings

ASK_MS = 2_000
"""How long brokers are asked why they cannot be used."""
_LOGINS = {"SCRAM-SHA-512": SASLScram512, "SCRAM-SHA-256": SASLScram256, "PLAIN": SASLPlaintext}

_CLOSED = "closes the connection: it may want another protocol than {security_protocol}"
_SAID: dict[type[BaseException], str] = {
    SaslAuthenticationFailed: "refuses the user {sasl_plain_username} or the password ({sasl_mechanism})",
    UnsupportedSaslMechanismError: "does not take {sasl_mechanism}",
    IllegalSaslStateError: "takes no logins ({security_protocol})",
    ssl.SSLCertVerificationError: "shows a certificate that is not trusted: {0.verify_message}",
    ssl.SSLError: "does not agree on TLS: {0.reason}",
    ConnectionRefusedError: "refuses connections: nothing listens there",
    TimeoutError: "does not answer",
    ConnectionError: _CLOSED,
    KafkaConnectionError: _CLOSED,
}
"""By the first that fits."""


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """Arguments for an aiokafka client, with secrets and certificates as they are now."""
    return {"bootstrap_servers": list(settings.kafka_brokers), **_security(settings)}


def _security(settings: KafkaSettings) -> dict[str, Any]:
    context = _tls(settings)
    arguments: dict[str, Any] = {"security_protocol": settings.kafka_protocol}
    if context:
        arguments["ssl_context"] = context
    if settings.kafka_user:
        arguments |= {
            "sasl_mechanism": settings.kafka_mechanism,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": _password(settings),
        }
    return arguments


def faststream_security(settings: KafkaSettings) -> BaseSecurity:
    """The same, in FastStream's words."""
    context = _tls(settings)
    if settings.kafka_user:
        login = _LOGINS[settings.kafka_mechanism]
        return login(settings.kafka_user, _password(settings), ssl_context=context, use_ssl=context is not None)
    return BaseSecurity(ssl_context=context, use_ssl=context is not None)


def stamp(settings: KafkaSettings) -> object:
    """Another one as soon as a password or a certificate was rotated: then connections are made anew."""
    return secret.stamp(
        settings.kafka_password_file,
        settings.kafka_ca_file,
        settings.kafka_certificate_file,
        settings.kafka_key_file,
    )


def _password(settings: KafkaSettings) -> str:
    return secret.current(settings.kafka_password, settings.kafka_password_file) or ""


def _tls(settings: KafkaSettings) -> ssl.SSLContext | None:
    """Host names are always verified; without a CA file the certificates of the system count."""
    if not settings.kafka_protocol.endswith("SSL"):
        return None
    context: ssl.SSLContext = create_ssl_context(
        cafile=settings.kafka_ca_file, certfile=settings.kafka_certificate_file, keyfile=settings.kafka_key_file
    )
    return context


async def why(settings: KafkaSettings, error: BaseException) -> str:
    """What is behind an error, as a sentence. Of a refused login or certificate aiokafka says no word."""
    if not isinstance(error, KafkaConnectionError):
        return _first_line(error)
    try:
        security = _security(settings)
    except OSError as missing:
        return f"{missing.filename or 'a file of certificates'} cannot be used: {_first_line(missing)}"
    # All at once: whoever asks wants to try again soon.
    asked = await asyncio.gather(*(_refusal(broker, security) for broker in settings.kafka_brokers))
    reasons = [f"{broker} {reason}" for broker, reason in zip(settings.kafka_brokers, asked, strict=True) if reason]
    return "; ".join(reasons) or "it answers again"


async def _refusal(broker: str, security: dict[str, Any]) -> str:
    """Why this broker does not let us in; empty when it does."""
    host, _, port = broker.rpartition(":")
    try:
        connected = await create_conn(host, int(port), request_timeout_ms=ASK_MS, **security)
        try:
            # Whoever should have logged in and did not is cut off at the first question.
            await connected.send(MetadataRequest([]))
        finally:
            connected.close()
    except (KafkaError, OSError, TimeoutError) as error:
        return _sentence(error, security)
    return ""


def _sentence(error: BaseException, security: dict[str, Any]) -> str:
    found = next((words for kind, words in _SAID.items() if isinstance(error, kind)), "cannot be reached: {1}")
    return found.format(
        error, _first_line(error), **({"sasl_mechanism": "a login", "sasl_plain_username": ""} | security)
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:300] or type(error).__name__
