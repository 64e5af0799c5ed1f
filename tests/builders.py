"""Builders fill in what a test does not speak of."""

from pathlib import Path
from typing import Any

from chassis.service import Service
from chassis.settings import Settings


def a_service(**parts: Any) -> Service:
    """A service with these parts and nothing else; it borrows the schema and roles of notifications."""
    return Service(
        name="notifications", about="made for a test", settings=Settings, home=Path(__file__).parent, **parts
    )
