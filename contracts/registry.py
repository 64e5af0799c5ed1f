"""All events, found by type. An event class that is not listed here does not exist for the outside."""

from contracts import engagement, matching, notifications, profiles, programs, webhooks
from contracts.event import Event

EVENTS: tuple[type[Event], ...] = (
    profiles.ProfileUpdated,
    profiles.ContactUpdated,
    profiles.PersonLeft,
    programs.ProgramOpened,
    programs.ProgramUpdated,
    programs.ProgramClosed,
    matching.MatchRunCompleted,
    matching.MatchProposed,
    matching.MatchReminderDue,
    matching.MatchAccepted,
    matching.MatchDeclined,
    matching.MatchLapsed,
    matching.MatchWithdrawn,
    matching.ShortlistUpdated,
    engagement.RelationshipStarted,
    engagement.RelationshipClosed,
    engagement.AgreementDue,
    engagement.AgreementSigned,
    engagement.AgreementDiverged,
    engagement.MeetingScheduled,
    engagement.MeetingHeld,
    engagement.MeetingCancelled,
    engagement.CheckinDue,
    engagement.CheckinCompleted,
    engagement.CheckinMissed,
    notifications.LetterSent,
    notifications.LetterSuppressed,
    notifications.LetterFailed,
    webhooks.SubscriptionPaused,
)

BY_TYPE: dict[str, type[Event]] = {event.event_type(): event for event in EVENTS}
