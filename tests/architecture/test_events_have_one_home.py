"""Every event is told by exactly one service, heard from somebody who tells it, and documented."""

import importlib
from pathlib import Path

import pytest

from contracts.profiles import ContactUpdated
from contracts.registry import EVENTS
from contracts.topics import TOPICS

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("profiles", "matching", "engagement", "notifications", "webhooks")
MAY_READ_ADDRESSES = {"profiles", "notifications"}


def tells(service: str) -> tuple[type, ...]:
    return importlib.import_module(f"services.{service}.events").TELLS


def heard(service: str) -> list[type]:
    hears = getattr(importlib.import_module(f"services.{service}.events"), "HEARS", ())
    return [reaction.event for reaction in hears]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_name())
def test_an_event_is_told_by_its_one_owner(event):
    assert [service for service in SERVICES if event in tells(service)] == [event.topic.owner]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_tells_and_hears_registered_events_only(service):
    assert set(tells(service)) <= set(EVENTS)
    assert set(heard(service)) <= set(EVENTS)
    assert len(tells(service)) == len(set(tells(service)))


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_hears_is_told_by_somebody(service):
    told = {event for each in SERVICES for event in tells(each)}
    assert set(heard(service)) <= told


@pytest.mark.parametrize("service", SERVICES)
def test_names_and_addresses_are_heard_only_by_who_writes_to_people(service):
    assert ContactUpdated not in heard(service) or service in MAY_READ_ADDRESSES


def test_every_topic_has_an_owner_that_exists_and_events_to_carry():
    for topic in TOPICS:
        assert topic.owner in SERVICES
        assert [event for event in EVENTS if event.topic == topic], topic.name


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_names_every_event_its_service_tells_and_hears(service):
    text = (ROOT / "services" / service / "README.md").read_text(encoding="utf-8")
    missing = [e.event_name() for e in {*tells(service), *heard(service)} if e.event_name() not in text]
    assert not missing
