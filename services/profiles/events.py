"""What this service tells. It hears nothing: the HR directory is where people come from."""

from chassis.jobs import job
from chassis.timers import at
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.profiles import handlers
from services.profiles.imports.work import Importer

HEARS = ()
TELLS = (ProfileUpdated, ContactUpdated, PersonLeft)
TIMERS = (at(handlers.LEAVES, handlers.end_last_day),)
JOBS = (job("imports", Importer().go_on),)
