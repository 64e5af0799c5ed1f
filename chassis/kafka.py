"""How to reach Kafka: one place for addresses, authentication and the client's wrong defaults."""

import ssl
from typing import Any

from aiokafka.helpers import create_ssl_context
from faststream.security import BaseSecurity, SASLScram512

from chassis.settings import KafkaSettings


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """Arguments for an aiokafka client."""
    context = _tls(settings)
    arguments: dict[str, Any] = {
        "bootstrap_servers": list(settings.kafka_brokers),
        "security_protocol": _protocol(settings, context),
    }
    if context:
        arguments["ssl_context"] = context
    if settings.kafka_user and settings.kafka_password:
        arguments |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return arguments


def faststream_security(settings: KafkaSettings) -> BaseSecurity:
    """The same, in FastStream's words."""
    context = _tls(settings)
    if settings.kafka_user and settings.kafka_password:
        password = settings.kafka_password.get_secret_value()
        return SASLScram512(settings.kafka_user, password, ssl_context=context, use_ssl=context is not None)
    return BaseSecurity(ssl_context=context, use_ssl=context is not None)


def _tls(settings: KafkaSettings) -> ssl.SSLContext | None:
    return create_ssl_context(cafile=settings.kafka_ca_file) if settings.kafka_ca_file else None


def _protocol(settings: KafkaSettings, context: ssl.SSLContext | None) -> str:
    return ("SASL_" if settings.kafka_user else "") + ("SSL" if context else "PLAINTEXT")
