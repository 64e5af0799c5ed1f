"""What the manifests must agree with: services, what they hear and tell, their settings, how long a stop takes."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from chassis.process import STOP_SECONDS
from chassis.settings import Settings
from contracts.topics import TOPICS, DataClass, Topic

NAMES = ("profiles", "matching", "engagement", "notifications", "webhooks")
POOL_CLOSE_SECONDS = 5.0
"""What `chassis.process` allows for closing the pool after its loops have ended."""
LONGEST_STOP = STOP_SECONDS + POOL_CLOSE_SECONDS
SUBSCRIBER = "subscriber"


@dataclass(frozen=True)
class Deployed:
    """A service as its deployment sees it."""

    name: str
    hears: frozenset[str]
    tells: frozenset[str]
    settings: type[Settings]

    @property
    def kafka_user(self) -> str:
        """Its user on Kafka, and the Secret that holds the password."""
        return f"kafka-{self.name}"


def services() -> tuple[Deployed, ...]:
    """The services, by what their code says."""
    return tuple(_service(import_module(f"services.{name}.__main__").SERVICE) for name in NAMES)


def _service(service: Any) -> Deployed:
    tells = frozenset(event.topic.name for event in service.tells)
    return Deployed(service.name, frozenset(service.topics), tells, service.settings)


def open_topics() -> tuple[Topic, ...]:
    """What a subscriber may read: everything but names and addresses."""
    return tuple(topic for topic in TOPICS if topic.data_class <= DataClass.INTERNAL)
