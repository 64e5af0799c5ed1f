"""One JSON object per line on stdout; pretty on a terminal. Ids and outcomes, never people."""

import logging
import re
import sys
import threading
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
_TOKEN = re.compile(r"\bey[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_-]*)?|(?<=://)[^/\s@]+:[^/\s@]+(?=@)")
_TRUSTED = {"timestamp", "level", "event", "service"}


def worth_saying(failures: int) -> bool:
    """Of failures in a row the 1st, the 10th and every 100th: what stays broken does not drown the rest."""
    return failures in (1, 10) or (failures > 0 and failures % 100 == 0)


def configure(*, service: str, instance: str, level: str) -> None:
    """Sets the format up, once per process; libraries that log by themselves are brought into the same form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service, instance),
        structlog.processors.ExceptionRenderer(
            # Local variables of a frame hold names and addresses.
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
        ),
        _quoting_nothing,
        scrub,
    ]
    pretty = sys.stdout.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: _Out(),
        cache_logger_on_first_use=True,
    )
    _bring_in_libraries([*shared, renderer])


class _Out:
    """Writes a line with one call, its end included: a process may be killed between two, and the next one's first
    line would stand behind half of one.
    """

    _lock = threading.Lock()

    def msg(self, line: str) -> None:
        with self._lock:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    debug = info = warning = error = critical = msg


def _named(service: str, instance: str) -> Any:
    def add(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        return {"service": service, "instance": instance, **line}

    return add


def _quoting_nothing(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Of an error only its first line: PostgreSQL's details and pydantic's explanations quote what was refused."""
    for each in line.get("exception") or ():
        each["exc_value"] = each["exc_value"].partition("\n")[0]
    return line


def scrub(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """The last look at a line before it is written: addresses, tokens and passwords in addresses are blanked."""
    return {key: value if key in _TRUSTED else _scrubbed(value) for key, value in line.items()}


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return _TOKEN.sub("[secret]", _ADDRESS.sub("[address]", value))
    if isinstance(value, dict):
        return {key: _scrubbed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(each) for each in value]
    return value


def _bring_in_libraries(processors: list[Any]) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            # What a library adds to its words is left out: nobody has said what it may hold.
            foreign_pre_chain=[structlog.stdlib.add_logger_name],
            processors=[_library_line, *processors],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _library_line(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    line.pop("_record", None)
    line.pop("_from_structlog", None)
    return {"event": "library.spoke", "message": line.pop("event", ""), **line}
