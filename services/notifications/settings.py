"""What this service needs to know beyond the chassis' settings."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator

from chassis import settings
from services.notifications.domain.fate import InDoubt

NOBODY = "mentoring@mentoring.example"
_SCHEMES = ("smtp", "smtps", "smtp+starttls")


class Settings(settings.Settings):
    """Where letters leave, in whose name, and how many."""

    smtp_url: SecretStr = Field(
        description="smtp://host:port, smtps:// (TLS) or smtp+starttls:// (must upgrade); user:password@ if needed"
    )
    sender_address: str = Field(
        NOBODY, pattern=r"^[^@\s<>]{1,64}@[^@\s<>]{1,255}$", description="From and envelope sender"
    )
    sender_name: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        "Mentoring", description="name people see as the sender"
    )
    public_base_url: HttpUrl | None = Field(
        None, description="where people open the platform; without it letters carry no links"
    )
    letters_a_week: int = Field(3, ge=0, le=50, description="outside the digest and the at-once list")
    letters_in_doubt: InDoubt = Field(
        "assume-sent", description="a letter handed over whose answer was lost: assume-sent or send-again"
    )
    smtp_connections: int = Field(16, ge=1, le=100, description="letters handed over at the same time")
    smtp_timeout_seconds: float = Field(30, gt=0, le=600, description="for each answer of the mail server")

    @field_validator("smtp_url")
    @classmethod
    def _a_mail_server(cls, url: SecretStr) -> SecretStr:
        parts = urlsplit(url.get_secret_value())
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError(f"give {', '.join(scheme + '://host:port' for scheme in _SCHEMES)}")
        return url

    @model_validator(mode="after")
    def _a_sender_of_your_own(self) -> "Settings":
        if self.environment == "production" and self.sender_address == NOBODY:
            raise ValueError("MENTORING_SENDER_ADDRESS must be an address of yours in production")
        return self
