"""Lines about the life of a process: start and stop, its loops, its database, its timers and jobs."""

from chassis.log_events.fields import ATTEMPT, ERROR, EXCEPTION, FAILURES, KEY
from chassis.log_events.model import choice, line, number, text

_ROLE = choice("role", "what the process does", ("api", "worker", "all"))
_PORT = number("port", "the TCP port it serves on", "port", otel="server.port", ecs="server.port")
_LOOP = text("loop", "which of the loops of a process: relay, consumer, timers, sampling, job:…")
_JOB = text("job", "the work beside the requests: imports, cohort-runs, letters …")
_KIND = text("kind", "which kind of timer")
_LOGGER = text("logger", "the library that spoke", otel="InstrumentationScope.Name", ecs="log.logger")
_MESSAGE = text("message", "what it said", otel="Body", ecs="message")

_DATABASE = (
    "One or two are harmless: it was done again. Many: is PostgreSQL up, is it full, does somebody hold a lock? "
    "See the runbook, [MentoringServiceNotReady](runbook.md#mentoringservicenotready)."
)

LOG_EVENTS = (
    line("service.started", "info", "The process runs and will soon say that it is ready.", always=(_ROLE, _PORT)),
    line(
        "service.stopping",
        "info",
        "It was asked to stop, or one of its loops has ended. It finishes what is in hand.",
        "Nothing after a stop or a release. Otherwise look for `loop.failed` behind it.",
    ),
    line("service.stopped", "info", "It has ended in order: nothing was left half done."),
    line(
        "loop.failed",
        "error",
        "A part of the process ended for a reason nobody foresaw. The whole process stops and is started again.",
        "Read the exception; if it comes again, tell us. Until then its work waits, and nothing of it is lost.",
        always=(_LOOP, EXCEPTION),
    ),
    line(
        "loop.cut_off",
        "warning",
        "A loop did not end within 20 seconds of the stop. What it was doing is rolled back and done again later.",
        "Nothing once. At every stop: what takes so long?",
        always=(_LOOP,),
    ),
    line(
        "transaction.retried",
        "warning",
        "PostgreSQL refused or lost a transaction and it is tried again. People wait a little longer.",
        _DATABASE,
        always=(ATTEMPT, ERROR),
    ),
    line(
        "transaction.rollback_failed",
        "debug",
        "The connection was gone before the transaction could be rolled back; PostgreSQL does that by itself.",
        always=(ERROR,),
    ),
    line(
        "sampling.interrupted",
        "debug",
        "The numbers that only a query can tell (outbox, parked, pool) were not renewed this time.",
        "Nothing while the database is away. Metrics that stand still otherwise: look at the process.",
        always=(ERROR,),
    ),
    line(
        "clock.interrupted",
        "debug",
        "With a test clock: the calendar could not be read this time. Never in production.",
        always=(ERROR,),
    ),
    line(
        "timers.interrupted",
        "warning",
        "The look for due timers failed, mostly because the database is away. Reminders and deadlines come late.",
        _DATABASE,
        always=(ERROR,),
    ),
    line(
        "timers.batch_failed",
        "debug",
        "One of the due timers failed, so they are now fired one by one; `timer.failed` follows and says which.",
        always=(ERROR,),
    ),
    line(
        "timer.failed",
        "error",
        "One deadline or reminder could not be acted upon; all others go on. It is tried again after 5 seconds, "
        "at first, and 10 minutes, at most.",
        "Mend what the exception says and roll out; it fires by itself, for the instant it was meant for. "
        "See the runbook, [MentoringTimersLate](runbook.md#mentoringtimerslate).",
        always=(_KIND, KEY, EXCEPTION),
    ),
    line(
        "job.failed",
        "error",
        "Work beside the requests (HR files, cohort runs, letters) stopped with an error and will be tried again; "
        "it waits longer each time.",
        "Once: nothing, it goes on where it was. With `failures` rising: the exception says what to mend.",
        always=(_JOB, FAILURES, EXCEPTION),
    ),
    line(
        "traces.not_exported",
        "warning",
        "Spans could not be handed to the collector. Nobody but those who look at traces notices; what does not fit "
        "into the queue is dropped. Said for the 1st, 10th and every 100th time in a row.",
        "Is the collector at OTEL_EXPORTER_OTLP_ENDPOINT up, and does the network let us in?",
        always=(FAILURES,),
    ),
    line(
        "library.spoke",
        ("debug", "info", "warning", "error"),
        "A library wrote a line of its own, from level `warning` on. It may have level `critical` as well.",
        "Read `message`. If it comes often it deserves a line of ours: tell us.",
        always=(_LOGGER, _MESSAGE),
        sometimes=(EXCEPTION,),
    ),
)
