"""The webhooks service: `python -m services.webhooks serve`."""

from chassis.cli import run
from chassis.service import Service
from services.webhooks.api import ROUTERS
from services.webhooks.events import HEARS, JOBS, TELLS
from services.webhooks.settings import Settings
from services.webhooks.store.receivers import due

SERVICE = Service(
    name="webhooks",
    about="Sends events to receivers outside: signed, in order, again until they are taken.",
    settings=Settings,
    hears=HEARS,
    tells=TELLS,
    jobs=JOBS,
    routers=ROUTERS,
    busy=due,
)

if __name__ == "__main__":
    run(SERVICE)
