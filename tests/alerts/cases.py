"""Which fault must fire which alerts, and for whom."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.alerts.faults import (
    a_broken_record,
    a_consumer_sleeps,
    a_flood,
    a_lock_is_held,
    a_process_is_killed_again_and_again,
    a_run_stands_still,
    a_service_is_stopped,
    a_timer_fails,
    connections_are_held,
    kafka_is_stopped,
    mailboxes_do_not_exist,
    postgres_is_stopped,
    the_mail_server_is_stopped,
    the_worker_of_a_run_is_killed,
)
from tests.alerts.outside import a_row_is_deleted, receivers_are_away, receivers_are_locked
from tests.alerts.stage import Stage

Fault = Callable[[Stage], AbstractAsyncContextManager[object]]


@dataclass(frozen=True)
class Case:
    """A fault and the alerts that must fire while it lasts, with the service that they name."""

    name: str
    what: str
    inject: Fault
    fires: tuple[tuple[str, str], ...]
    within: float = 90.0
    over_within: float = 120.0
    stays: tuple[str, ...] = ()
    """Alerts whose windows are too long to wait for their end."""
    also: tuple[str, ...] = ()
    """Alerts that need not fire, whose entry in the runbook has something to see, too."""


# A record that no service has told is missed, too: so the row is deleted before the broken record is sent.
CASES = (
    Case("kafka", "Kafka is stopped, a program is opened, a profile changes", kafka_is_stopped,
         (("MentoringOutboxStandsStill", "matching"), ("MentoringOutboxStandsStill", "profiles")), within=180,
         also=("MentoringConsumerRestartsOften",)),
    Case("postgres", "PostgreSQL is stopped while people ask", postgres_is_stopped,
         (("MentoringServiceNotReady", "matching"), ("MentoringServiceNotReady", "profiles"),
          ("MentoringApiBudgetBurnsFast", "matching")), stays=("MentoringApiBudgetBurnsFast",)),
    Case("gone", "engagement is stopped", a_service_is_stopped,
         (("MentoringServiceGone", "engagement"), ("MentoringInstanceDown", "engagement"))),
    Case("restarts", "SIGKILL to profiles whenever it answers", a_process_is_killed_again_and_again,
         (("MentoringProcessRestartsOften", "profiles"),), within=180),
    Case("deleted", "Kafka is away, a profile changes, and its row is deleted from the outbox", a_row_is_deleted,
         (("MentoringEventsMissing", "profiles"),), within=240, stays=("MentoringEventsMissing",)),
    Case("parked", "a record that is no event; its row in matching made two days old", a_broken_record,
         (("MentoringMessagesParked", "matching"), ("MentoringMessagesParked", "engagement"),
          ("MentoringMessagesParked", "notifications"), ("MentoringMessagesParked", "webhooks"),
          ("MentoringMessagesForgotten", "matching"))),
    Case("lock", "a table of matching is locked, one profile changes", a_lock_is_held,
         (("MentoringConsumerStandsStill", "matching"),), within=240),
    Case("connections", "a table of matching is locked, two people ask eight times at once", connections_are_held,
         (("MentoringConnectionsRunOut", "matching"), ("MentoringConnectionsUsedUp", "matching")), within=120,
         also=("MentoringApiSlow",)),
    Case("flood", "four people, 150 requests at once each, without a pause", a_flood,
         (("MentoringRequestsShed", "matching"),)),
    Case("smtp", "the mail server is stopped, offers go out", the_mail_server_is_stopped,
         (("MentoringLettersDoNotLeave", "notifications"),)),
    Case("mailboxes", "all mailboxes are unknown to the mail server (550), offers go out", mailboxes_do_not_exist,
         (("MentoringLettersRefused", "notifications"),), over_within=300),
    Case("timers", "a timer whose handler fails", a_timer_fails,
         (("MentoringTimersLate", "matching"),)),
    Case("run-fails", "SIGKILL to the worker of a run, ten times", the_worker_of_a_run_is_killed,
         (("MentoringJobFails", "matching"), ("MentoringRunFailed", "matching")), within=300, over_within=300),
    Case("run-stands", "SIGSTOP to the worker of a run", a_run_stands_still,
         (("MentoringRunTakesLong", "matching"),), within=300),
    Case("late", "SIGSTOP to engagement for seven seconds, again and again", a_consumer_sleeps,
         (("MentoringEventsBudgetBurnsFast", "engagement"),), stays=("MentoringEventsBudgetBurnsFast",)),
    Case("receivers", "two webhooks lead to a port where nobody listens; a program is opened", receivers_are_away,
         (("MentoringReceiversFail", "webhooks"),)),
    Case("turns", "rows of webhooks.receivers are locked, a profile changes", receivers_are_locked,
         (("MentoringDeliveriesStandStill", "webhooks"),), within=180),
)  # fmt: skip
