"""A service, described once: its name, what it hears and tells, what it offers. `process.py` brings it to life."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from chassis.consumer import Reaction
from chassis.db import Tx
from chassis.jobs import Job
from chassis.rebuild import ReadModel
from chassis.recall import Recall
from chassis.settings import Settings
from chassis.timers import Timer
from contracts.event import Event
from contracts.topics import Topic


@dataclass(frozen=True)
class Service:
    """What a service is: its name, what it hears and tells, what it offers."""

    name: str
    about: str
    settings: type[Settings]
    hears: Sequence[Reaction] = ()
    tells: Sequence[type[Event]] = ()
    recalls: Sequence[Recall[Any]] = ()
    """What it does with events of its own that a restored database does not know."""
    timers: tuple[Timer, ...] = ()
    jobs: tuple[Job, ...] = ()
    read_models: Sequence[ReadModel] = ()
    """Tables that hold nothing but what others told; `replay` fills them again."""
    routers: Sequence[APIRouter] = ()
    busy: Callable[[Tx, datetime], Awaitable[Mapping[str, int]]] | None = None
    """What else is due at an instant and not done: counts by name."""
    home: Path | None = None
    """Where its code and its migrations lie; by default `services/<name>`."""

    @property
    def folder(self) -> Path:
        """Where its code lies."""
        return self.home or Path(__file__).parent.parent / "services" / self.name

    @property
    def reactions(self) -> dict[str, Reaction]:
        """Reactions by event type."""
        return {reaction.event.event_type(): reaction for reaction in self.hears}

    @property
    def topics(self) -> list[str]:
        """The topics it listens to."""
        return sorted({reaction.event.topic.name for reaction in self.hears})

    @property
    def told_topics(self) -> list[Topic]:
        """The topics it tells on."""
        return sorted({event.topic for event in self.tells}, key=lambda topic: topic.name)
