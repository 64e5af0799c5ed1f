"""What every command has in common: tables for people, JSON for programs, progress on stderr, errors in a sentence."""

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import structlog
import typer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from chassis import kafka
from chassis.connections import refusal
from chassis.db import LOST_CONNECTION
from chassis.errors import DomainError
from chassis.settings import KafkaSettings, Settings
from chassis.topic_reader import Advance

T = TypeVar("T")
EXIT_CODES = "Exit codes: 0 done, 1 failed or something differs, 2 wrong use. Each command says its own."
Json = Annotated[bool, typer.Option("--json", help="for programs")]
PIPE_WIDTH = 200
"""Columns of a table that nobody looks at on a terminal: a pipe has no width, and ids must not be cut."""


def about(what: str, example: str) -> str:
    """The help of a group of commands."""
    return f"{what}\n\nExample: {example}\n\n{EXIT_CODES}"


def fail(sentence: str) -> typer.Exit:
    """Says what went wrong on stderr; the exit code to raise."""
    typer.echo(sentence, err=True)
    return typer.Exit(1)


def perform(work: Callable[[], Awaitable[T]], settings: KafkaSettings) -> T:
    """Runs a command's work. What goes wrong outside of it is a sentence and exit code 1, never a traceback."""
    _keep_logs_apart()
    try:
        return asyncio.run(_awaited(work))
    except DomainError as error:
        raise fail(str(error)) from error
    except KafkaError as error:
        raise fail(_of_kafka(settings, error)) from error
    except (asyncpg.PostgresError, *LOST_CONNECTION) as error:
        address = settings.database_address() if isinstance(settings, Settings) else ""
        raise fail(of_postgres(address, error)) from error


def _keep_logs_apart() -> None:
    """What libraries and the service's own code log must not stand between the lines of an answer."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # one sentence of ours says it
    if not structlog.is_configured():
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        )


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def _of_kafka(settings: KafkaSettings, error: KafkaError) -> str:
    match error:
        case TopicAuthorizationFailedError():
            user, topics = settings.kafka_user or "nobody (no user is set)", ", ".join(sorted(refused_topics(error)))
            return f"Kafka does not let {user} read {topics}: give that user Read on it, or use an operator's."
        case UnknownTopicOrPartitionError():
            return "Kafka has not all of the topics: `python -m chassis topics diff` says which are missing."
    reason = asyncio.run(kafka.why(settings, error))
    return f"Kafka cannot be used: {reason}."


def refused_topics(error: TopicAuthorizationFailedError) -> set[str]:
    """The topics that a user may not use: Kafka's client says one, or several."""
    said = error.args[0] if error.args else ()
    return {said} if isinstance(said, str) else set(said)


def of_postgres(address: str, error: BaseException) -> str:
    """What is wrong with PostgreSQL at this address, as a sentence without its password."""
    if refused := refusal(error, address):
        return str(refused)
    server = urlsplit(address).netloc.rpartition("@")[2]
    match error:
        case ConnectionRefusedError():
            reason = "nothing listens there"
        case TimeoutError():
            reason = "it does not answer"
        case _:
            reason = (str(error).splitlines() or [""])[0] or type(error).__name__
    return f"PostgreSQL at {server} cannot be used: {reason}."


def tell_json(found: object) -> None:
    """One JSON value on stdout."""
    typer.echo(json.dumps(found, default=str, indent=2))


def tell_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, numbers: Sequence[str] = ()) -> None:
    """A table on stdout; columns named in `numbers` are set to the right. Nothing of an id is ever cut away."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    console.print(table)


@contextmanager
def progress(what: str, total: int) -> Iterator[Advance]:
    """A bar on stderr while something long goes on, gone when it is over; on a pipe there is none."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)
