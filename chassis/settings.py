"""The environment, read once into one typed object. What is missing or wrong stops the start, by name."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, HttpUrl, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chassis.secret import current, names_user_only, with_password

PREFIX = "MENTORING_"


Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]


class WrongSettings(SystemExit):
    """The process cannot start with this environment. The message names each variable and what is wrong with it."""


class KafkaSettings(BaseSettings):
    """How to reach Kafka."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, secrets_dir=None, extra="ignore", env_ignore_empty=True
    )

    kafka_brokers: Annotated[tuple[str, ...], NoDecode] = Field(description="host:port, several with commas")
    kafka_security: Protocol | None = Field(
        None, description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; without it a user means SASL, a file means TLS"
    )
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        "SCRAM-SHA-512", description="how the user logs in"
    )
    kafka_user: str | None = Field(None, description="user; empty: no authentication")
    kafka_password: SecretStr | None = Field(None, description="its password")
    kafka_password_file: Path | None = Field(None, description="or a file that holds it")
    kafka_ca_file: Path | None = Field(None, description="CA certificates; with TLS and without it: the system's")
    kafka_certificate_file: Path | None = Field(None, description="client certificate with its chain, if Kafka asks")
    kafka_key_file: Path | None = Field(None, description="its private key")

    @field_validator("kafka_brokers", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        # aiokafka takes "a,b" for one host name, so the list is made here, once.
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("kafka_brokers")
    @classmethod
    def _host_and_port(cls, brokers: tuple[str, ...]) -> tuple[str, ...]:
        if not brokers or any(not broker.rpartition(":")[2].isdigit() for broker in brokers):
            raise ValueError("give host:port, several with commas: kafka-0:9092,kafka-1:9092")
        return brokers

    @model_validator(mode="after")
    def _kafka_is_of_one_piece(self) -> "KafkaSettings":
        if self.kafka_user and not (self.kafka_password or self.kafka_password_file):
            raise ValueError(f"{PREFIX}KAFKA_USER needs {PREFIX}KAFKA_PASSWORD or {PREFIX}KAFKA_PASSWORD_FILE")
        if self.kafka_user and self.kafka_password and self.kafka_password_file:
            raise ValueError(f"give {PREFIX}KAFKA_PASSWORD or {PREFIX}KAFKA_PASSWORD_FILE, not both")
        if bool(self.kafka_certificate_file) != bool(self.kafka_key_file):
            raise ValueError(f"{PREFIX}KAFKA_CERTIFICATE_FILE and {PREFIX}KAFKA_KEY_FILE belong together")
        if self.kafka_protocol.startswith("SASL") != bool(self.kafka_user):
            raise ValueError(f"{PREFIX}KAFKA_SECURITY={self.kafka_security} and {PREFIX}KAFKA_USER do not fit")
        if not self.kafka_protocol.endswith("SSL") and (self.kafka_ca_file or self.kafka_certificate_file):
            raise ValueError(f"{PREFIX}KAFKA_SECURITY={self.kafka_security} has no use for certificates")
        return self

    @property
    def kafka_protocol(self) -> Protocol:
        """How connections are made: as said, or as it follows from the user and the files."""
        if self.kafka_security:
            return self.kafka_security
        if self.kafka_ca_file or self.kafka_certificate_file:
            return "SASL_SSL" if self.kafka_user else "SSL"
        return "SASL_PLAINTEXT" if self.kafka_user else "PLAINTEXT"


class Settings(KafkaSettings):
    """What every service needs. A service adds its own few fields in its `settings.py`."""

    environment: Literal["local", "test", "production"] = Field("production", description="where it runs")
    instance: str = Field("local-0", description="stable name of this process in its consumer group")
    database_password: SecretStr | None = Field(None, description="the app role's, if it is not in the address")
    database_password_file: Path | None = Field(None, description="or a file that holds it")
    database_url: SecretStr = Field(description="PostgreSQL, as the service's app role; a standby too: //user@a,b/x")
    owner_database_password: SecretStr | None = Field(None, description="the owner role's, if it is not in the address")
    owner_database_password_file: Path | None = Field(None, description="or a file that holds it")
    owner_database_url: SecretStr | None = Field(None, description="PostgreSQL, as the owner role; migrations only")
    pool_size: int = Field(10, ge=2, le=100, description="connections to PostgreSQL")
    jwks_url: str = Field(description="where the keys that sign tokens are published")
    token_issuer: str = Field(description="`iss` that tokens must have")
    token_audience: str = Field("mentoring", description="`aud` that tokens must have")
    test_clock: bool = Field(False, description="outside production: the clock may be set and moved forward")
    requests_per_second: int = Field(200, ge=1, description="per caller; more is answered with 429")
    requests_at_once: int = Field(64, ge=4, description="served at a time; 16 times as many may wait")
    reconcile_minutes: int = Field(
        60, ge=0, description="between comparisons of what was committed with Kafka; 0: none"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level written")
    # Under the names that every collector's documentation gives them.
    otlp_endpoint: HttpUrl | None = Field(
        None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="an OpenTelemetry Collector, http://host:4318; without it no traces are recorded",
    )
    otlp_protocol: Literal["http/protobuf"] = Field(
        "http/protobuf", validation_alias="OTEL_EXPORTER_OTLP_PROTOCOL", description="how it is spoken to"
    )
    trace_ratio: float = Field(
        1.0, ge=0, le=1, validation_alias="OTEL_TRACES_SAMPLER_ARG", description="share of new traces that is recorded"
    )

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _with_its_password(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # An address may lie in the open. What a file holds is read when a connection is made, not here.
        name = str(info.field_name).replace("_url", "_password")
        password: SecretStr | None = info.data.get(name)
        given = [each for each in (name, f"{name}_file") if info.data.get(each) is not None]
        if url is None or not given:
            return url
        if len(given) > 1:
            raise ValueError(f"give {' or '.join(PREFIX + each.upper() for each in given)}, not both")
        if not names_user_only(url.get_secret_value()):
            raise ValueError(f"{PREFIX}{given[0].upper()} is given, so name the user and no password: //user@host/name")
        return SecretStr(with_password(url.get_secret_value(), current(password, None)))

    @model_validator(mode="after")
    def _production_is_strict(self) -> "Settings":
        if self.environment == "production" and self.test_clock:
            raise ValueError(f"{PREFIX}TEST_CLOCK is refused in production")
        if self.environment == "production" and self.jwks_url.startswith("file:"):
            raise ValueError(f"{PREFIX}JWKS_URL must be http(s) in production: a file has no issuer behind it")
        return self

    def database_address(self) -> str:
        """The app role's address, with its password as it is now."""
        return with_password(self.database_url.get_secret_value(), current(None, self.database_password_file))

    def owner_database_address(self) -> str | None:
        """The owner role's address, with its password as it is now."""
        if self.owner_database_url is None:
            return None
        url = self.owner_database_url.get_secret_value()
        return with_password(url, current(None, self.owner_database_password_file))


S = TypeVar("S", bound=BaseSettings)


def load(kind: type[S]) -> S:
    """The settings, or `WrongSettings` with one line per variable that is missing or wrong."""
    try:
        return kind()
    except ValidationError as error:
        raise WrongSettings(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    lines = [f"  {_variable(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
    return "\n".join(["The settings do not allow a start:", *lines])


def variable(name: str, field: FieldInfo) -> str:
    """The variable that holds this field: with our prefix, unless everybody knows it by another name."""
    return field.validation_alias if isinstance(field.validation_alias, str) else PREFIX + name.upper()


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "settings"
    return name if name.isupper() or not location else PREFIX + name.upper()
