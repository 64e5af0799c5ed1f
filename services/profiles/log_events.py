"""The lines that only profiles writes. What every service writes: `chassis/log_events/`."""

from chassis.log_events.model import line, uuid

LOG_EVENTS = (
    line(
        "import.done",
        "info",
        "An HR file was worked through to its last row. How many rows were taken and refused: `GET /v1/imports/{id}`.",
        always=(uuid("import_id", "the import, as the API names it"),),
    ),
)
