"""Who may manage subscriptions, and whose."""

from typing import Annotated

from chassis.errors import Forbidden, Invalid
from chassis.http import Call, Caller, allow
from services.webhooks.delivery.network import AddressRefused, NoSuchHost, checked_addresses
from services.webhooks.domain.target import target_of
from services.webhooks.settings import Settings

MANAGE = "webhooks.manage"
_LOOKUP_SECONDS = 3.0

Managing = Annotated[Call, allow("administrator", "system")]


def made_by(caller: Caller) -> str | None:
    """Administrators see all (None); a system account with the scope sees those that it made."""
    if caller.has("administrator"):
        return None
    if MANAGE not in caller.scopes:
        raise Forbidden(f"a system account needs the scope `{MANAGE}` for this")
    return caller.subject


async def check_receiver(settings: Settings, url: str) -> None:
    """Refuses an address that breaks a rule or leads inside; each connection looks again."""
    target = target_of(url, settings.rules())
    try:
        await checked_addresses(
            target.host, target.port, allowed=settings.webhooks_allowed_networks, timeout=_LOOKUP_SECONDS
        )
    except AddressRefused:
        raise Invalid(
            "the address leads into a private network, where nothing is sent; if it shall all the same,"
            " whoever runs the platform adds the network to MENTORING_WEBHOOKS_ALLOWED_NETWORKS",
            field="url",
        ) from None
    except (NoSuchHost, TimeoutError):
        raise Invalid(
            "the host of the address is not known here; check its spelling and its DNS", field="url"
        ) from None
