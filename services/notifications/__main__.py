"""The notifications service: `python -m services.notifications serve`."""

from chassis.cli import run
from chassis.service import Service
from services.notifications.api import ROUTERS
from services.notifications.events import HEARS, JOBS, READ_MODELS, RECALLS, TELLS
from services.notifications.settings import Settings
from services.notifications.store.sending import busy

SERVICE = Service(
    name="notifications",
    about="Writes to people: what they must decide or do, in their language and their working hours.",
    settings=Settings,
    hears=HEARS,
    tells=TELLS,
    recalls=RECALLS,
    jobs=JOBS,
    read_models=READ_MODELS,
    routers=ROUTERS,
    busy=busy,
)

if __name__ == "__main__":
    run(SERVICE)
