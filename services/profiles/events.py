"""What this service tells. It hears nothing: the HR directory is where people come from."""

from chassis.jobs import job
from chassis.recall import recall
from chassis.timers import at
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.profiles import handlers, recalling
from services.profiles.imports.work import Importer

HEARS = ()
TELLS = (ProfileUpdated, ContactUpdated, PersonLeft)
RECALLS = (
    recall(ProfileUpdated, recalling.say_profile_again),
    recall(ContactUpdated, recalling.say_contact_again),
    recall(PersonLeft, recalling.let_go),
)
TIMERS = (at(handlers.LEAVES, handlers.end_last_day),)
JOBS = (job("imports", Importer().go_on),)
