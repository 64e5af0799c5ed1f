"""The engagement service: `python -m services.engagement serve | migrate | settings | parked | outbox`."""

from chassis.cli import run
from chassis.service import Service
from chassis.settings import Settings
from services.engagement import api, events

SERVICE = Service(
    name="engagement",
    about="Pairs from the first day to the last: agreement, meetings, check-ins, and what a coordinator should see.",
    settings=Settings,
    hears=events.HEARS,
    tells=events.TELLS,
    recalls=events.RECALLS,
    timers=events.TIMERS,
    routers=api.ROUTERS,
)

if __name__ == "__main__":
    run(SERVICE)
