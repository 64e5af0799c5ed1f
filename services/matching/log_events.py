"""The lines that only matching writes. What every service writes: `chassis/log_events/`."""

from chassis.log_events.fields import ATTEMPT, ATTEMPTS, COUNT
from chassis.log_events.model import line, number, text, uuid

_PROGRAM_ID = uuid("program_id", "the program")
_RUN_ID = uuid("run_id", "the cohort run: `GET /v1/runs/{run_id}`")
_WHAT_IF_ID = uuid("what_if_id", "the question: `GET /v1/what-ifs/{what_if_id}`")
_MENTEE_ID = text("mentee_id", "the mentee's id in the HR directory")
_MENTOR_ID = text("mentor_id", "the mentor's id in the HR directory")
_WHY = text("why", "why it ended here", ecs="event.reason")
_PEOPLE = number("people", "how many people it is about", "people")

_AGAIN = "Was the process killed, or out of memory? Its parts wait in the queue; ask for a new one when that is mended."

LOG_EVENTS = (
    line(
        "run.begun",
        "info",
        "A cohort run is being computed. `attempt` above 1: a process died over it before.",
        always=(_RUN_ID, ATTEMPT, _PEOPLE),
    ),
    line(
        "run.completed",
        "info",
        "A cohort run has its result. Nobody is asked before a coordinator sends the offers.",
        always=(
            _RUN_ID,
            number("matched", "mentees who got a mentor", "people"),
            number("unmatched", "mentees who got none; the report says why", "people"),
        ),
    ),
    line("run.stopped", "info", "A coordinator has cancelled a cohort run.", always=(_RUN_ID, _WHY)),
    line(
        "run.failed",
        "error",
        "A cohort run was given up after several processes died over it. Nobody is matched by it.",
        _AGAIN,
        always=(_RUN_ID, ATTEMPTS),
    ),
    line(
        "what_if.completed",
        "info",
        "A coordinator's question, what another policy would have given, is answered.",
        always=(_WHAT_IF_ID, number("changes", "pairs that would be others", "pairs")),
    ),
    line("what_if.stopped", "info", "A coordinator has cancelled such a question.", always=(_WHAT_IF_ID, _WHY)),
    line(
        "what_if.failed",
        "error",
        "Such a question could not be answered; its page says whether the people of that run are no longer kept.",
        _AGAIN,
        always=(_WHAT_IF_ID, ATTEMPTS),
    ),
    line(
        "work.not_followed",
        "debug",
        "How far a computation is could not be saved this time, because the database was away. It goes on.",
    ),
    line(
        "population.trimmed",
        "info",
        "Somebody left the company and was taken out of what is kept of an old run.",
        always=(_RUN_ID, _PEOPLE),
    ),
    line(
        "populations.forgotten",
        "info",
        "What was kept of old runs has passed its time (MENTORING_POPULATION_DAYS) and is deleted.",
        always=(COUNT,),
    ),
    line(
        "groups.replaced",
        "info",
        "A coordinator gave a program other groups for its fairness report. Who is in which is not logged.",
        always=(
            _PROGRAM_ID,
            number("groups", "how many groups", "groups"),
            number("lines", "how many lines the file had", "lines"),
        ),
    ),
    line(
        "pair.ruled",
        "info",
        "A coordinator decided that two people should be, or never be, a pair. Runs from now on hold to it.",
        always=(
            _PROGRAM_ID,
            text("verdict", "pinned or forbidden"),
            _MENTEE_ID,
            _MENTOR_ID,
        ),
    ),
    line(
        "pair.ruling_taken_back",
        "info",
        "A coordinator left such a pair to the runs again.",
        always=(_PROGRAM_ID, _MENTEE_ID, _MENTOR_ID),
    ),
    line(
        "seats.priced",
        "info",
        "Scarce seats have a new price, so that who asks first does not take what somebody else needs.",
        always=(_PROGRAM_ID, number("scarce", "mentors whose seats have a price", "people")),
    ),
    line(
        "shortlists.indexed",
        "info",
        "This process now keeps the shortlists of a program; they are fresh from here on.",
        always=(_PROGRAM_ID, number("mentors", "mentors in the index", "people")),
    ),
    line(
        "successor.asked",
        "info",
        "An offer came to nothing, and the next mentor is asked.",
        always=(_MENTEE_ID, _MENTOR_ID, _PROGRAM_ID),
    ),
    line(
        "successor.none",
        "info",
        "An offer came to nothing and nobody else fits and is free. That mentee waits for somebody to act.",
        "A coordinator may look at the shortlist, or win mentors over.",
        always=(_MENTEE_ID, _PROGRAM_ID),
    ),
    line(
        "successor.not_asked",
        "info",
        "An offer came to nothing and nobody else is asked: the mentee was silent three times, has left, or the "
        "program is closed.",
        always=(_MENTEE_ID, _PROGRAM_ID, _WHY),
    ),
)
