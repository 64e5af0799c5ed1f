"""The matching service on the command line: `python -m services.matching --help`."""

from chassis.cli import run
from chassis.service import Service
from services.matching import api, events
from services.matching.commands import commands
from services.matching.settings import Settings

SERVICE = Service(
    name="matching",
    about="Programs, cohort runs and offers: who is proposed to whom, why, and what became of it.",
    settings=Settings,
    hears=events.HEARS,
    tells=events.TELLS,
    recalls=events.RECALLS,
    timers=events.TIMERS,
    jobs=events.JOBS,
    read_models=events.READ_MODELS,
    routers=api.ROUTERS,
    busy=events.busy,
)

if __name__ == "__main__":
    run(SERVICE, commands)
