"""Which mixes of components are possible: one of each kind, the extras all or none."""

from collections.abc import Iterator
from itertools import product

OVERLAYS = ("dev", "prod")
WORKERS = ((), ("two-workers",), ("keda",))
KAFKA = ("own-kafka-and-postgres/kafka", "strimzi")
POSTGRES = ("own-kafka-and-postgres/postgres", "cloudnative-pg")
SECRETS = ("secrets-from-files", "external-secrets")
EXTRAS = ((), ("prometheus", "gateway", "opentelemetry"))
CA = "company-ca"


def mixes() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each overlay with each mix; what patches stands after what it patches."""
    for overlay, workers, kafka, postgres, secrets, extras in product(
        OVERLAYS, WORKERS, KAFKA, POSTGRES, SECRETS, EXTRAS
    ):
        own = kafka == KAFKA[0]
        chosen = (*workers, kafka, postgres, secrets, *([f"{secrets}/kafka"] if own else []), *extras)
        # The company's certificates make sense only where a server is the company's own.
        yield overlay, (*chosen, CA) if own and extras else chosen


def named(overlay: str, components: tuple[str, ...]) -> str:
    """How a mix is called in messages."""
    return f"overlays/{overlay} with {', '.join(components)}"
