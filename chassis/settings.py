"""The environment, read once into one typed object. What is missing or wrong stops the start, by name."""

from typing import Annotated, Literal, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "MENTORING_"


class WrongSettings(SystemExit):
    """The process cannot start with this environment. The message names each variable and what is wrong with it."""


class KafkaSettings(BaseSettings):
    """How to reach Kafka."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, secrets_dir=None, extra="ignore")

    kafka_brokers: Annotated[tuple[str, ...], NoDecode] = Field(description="host:port, several with commas")
    kafka_user: str | None = Field(None, description="SCRAM-SHA-512 user; empty: no authentication")
    kafka_password: SecretStr | None = Field(None, description="its password")
    kafka_ca_file: str | None = Field(None, description="CA certificates; given: TLS")

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


class Settings(KafkaSettings):
    """What every service needs. A service adds its own few fields in its `settings.py`."""

    environment: Literal["local", "test", "production"] = Field("production", description="where it runs")
    instance: str = Field("local-0", description="stable name of this process in its consumer group")
    database_password: SecretStr | None = Field(None, description="the app role's, if it is not in the address")
    database_url: SecretStr = Field(description="PostgreSQL, as the service's app role; a standby too: //user@a,b/x")
    owner_database_password: SecretStr | None = Field(None, description="the owner role's, if it is not in the address")
    owner_database_url: SecretStr | None = Field(None, description="PostgreSQL, as the owner role; migrations only")
    pool_size: int = Field(10, ge=2, le=100, description="connections to PostgreSQL")
    jwks_url: str = Field(description="where the keys that sign tokens are published")
    token_issuer: str = Field(description="`iss` that tokens must have")
    token_audience: str = Field("mentoring", description="`aud` that tokens must have")
    test_clock: bool = Field(False, description="outside production: the clock may be set and moved forward")
    requests_per_second: int = Field(200, ge=1, description="per caller; more is answered with 429")
    requests_at_once: int = Field(64, ge=4, description="served at a time; 16 times as many may wait")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level written")

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _with_its_password(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # An address may lie in the open, and any password is a good one, however many signs of an address it holds.
        name = str(info.field_name).replace("_url", "_password")
        password: SecretStr | None = info.data.get(name)
        if url is None or password is None:
            return url
        parts = urlsplit(url.get_secret_value())
        user, at, hosts = parts.netloc.rpartition("@")
        if not at or ":" in user:
            raise ValueError(f"{PREFIX}{name.upper()} is given, so name the user and no password: //user@host/name")
        netloc = f"{user}:{quote(password.get_secret_value(), safe='')}@{hosts}"
        return SecretStr(urlunsplit(parts._replace(netloc=netloc)))

    @model_validator(mode="after")
    def _production_is_strict(self) -> "Settings":
        if self.environment == "production" and self.test_clock:
            raise ValueError(f"{PREFIX}TEST_CLOCK is refused in production")
        if self.environment == "production" and self.jwks_url.startswith("file:"):
            raise ValueError(f"{PREFIX}JWKS_URL must be http(s) in production: a file has no issuer behind it")
        return self


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


def _variable(location: tuple[int | str, ...]) -> str:
    return PREFIX + str(location[0]).upper() if location else "settings"
