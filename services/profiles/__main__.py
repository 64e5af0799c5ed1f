"""`python -m services.profiles serve | migrate | settings | parked | outbox`."""

from chassis.cli import run
from chassis.service import Service
from services.profiles.api import ROUTERS
from services.profiles.events import HEARS, JOBS, RECALLS, TELLS, TIMERS
from services.profiles.imports import store
from services.profiles.settings import Settings

SERVICE = Service(
    name="profiles",
    about="People: who is there, what they can and want, how to reach them, and who left.",
    settings=Settings,
    hears=HEARS,
    tells=TELLS,
    recalls=RECALLS,
    timers=TIMERS,
    jobs=JOBS,
    routers=ROUTERS,
    busy=store.busy,
)

if __name__ == "__main__":
    run(SERVICE)
