"""What this service hears and tells, and what it does by itself."""

from chassis.consumer import on, on_each_batch
from chassis.jobs import job
from chassis.rebuild import ReadModel
from chassis.recall import recall
from contracts.engagement import (
    AgreementDiverged,
    AgreementDue,
    AgreementSigned,
    CheckinCompleted,
    CheckinDue,
    CheckinMissed,
    MeetingCancelled,
    MeetingHeld,
    MeetingScheduled,
    RelationshipClosed,
    RelationshipStarted,
)
from contracts.matching import (
    MatchAccepted,
    MatchDeclined,
    MatchLapsed,
    MatchProposed,
    MatchReminderDue,
    MatchWithdrawn,
    ProgramOpened,
    ProgramUpdated,
)
from contracts.notifications import LetterFailed, LetterSent, LetterSuppressed
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from contracts.webhooks import SubscriptionPaused
from services.notifications.delivery.job import send_due_letters
from services.notifications.handlers import checkins, keeping, meetings, offers, pairs, people, recalling, webhooks
from services.notifications.handlers.letters import SENDER

HEARS = (
    on_each_batch(ContactUpdated, people.take_up_contacts),
    on_each_batch(ProfileUpdated, people.take_up_profiles),
    on(PersonLeft, people.let_go),
    on_each_batch(ProgramOpened, keeping.keep_programs),
    on_each_batch(ProgramUpdated, keeping.keep_programs),
    on(MatchProposed, offers.ask),
    on(MatchReminderDue, offers.remind),
    on(MatchAccepted, offers.stop_asking),
    on(MatchDeclined, offers.stop_asking),
    on(MatchLapsed, offers.stop_asking),
    on(MatchWithdrawn, offers.stop_asking),
    on(RelationshipStarted, pairs.introduce),
    on(AgreementDue, pairs.ask_for_agreement),
    on(AgreementDiverged, pairs.show_differences),
    on(AgreementSigned, pairs.agreement_is_signed),
    on(MeetingScheduled, meetings.invite),
    on(MeetingCancelled, meetings.call_off),
    on(MeetingHeld, meetings.meeting_is_over),
    on(CheckinDue, checkins.ask),
    on(CheckinCompleted, checkins.stop_asking),
    on(CheckinMissed, checkins.say_it_is_missing),
    on(RelationshipClosed, pairs.say_goodbye),
    on(SubscriptionPaused, webhooks.note_pause),
)
TELLS = (LetterSent, LetterSuppressed, LetterFailed)
RECALLS = (recall(LetterSent, recalling.has_gone),)
JOBS = (job(SENDER, send_due_letters),)
READ_MODELS = (
    ReadModel(
        "people",
        key="person_id",
        versions=("contact_sequence", "profile_sequence"),
        fills=(
            on_each_batch(ContactUpdated, keeping.keep_contacts),
            on_each_batch(ProfileUpdated, keeping.keep_profiles),
            on(PersonLeft, keeping.keep_departure),
        ),
    ),
    ReadModel(
        "programs",
        key="program_id",
        versions=("sequence",),
        fills=(
            on_each_batch(ProgramOpened, keeping.keep_programs),
            on_each_batch(ProgramUpdated, keeping.keep_programs),
        ),
    ),
)
