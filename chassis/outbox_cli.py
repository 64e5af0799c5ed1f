"""`outbox status`: what is committed and not yet on Kafka."""

from typing import Any

import typer

from chassis.connections import open_connection
from chassis.console import Json, about, perform, tell_json, tell_table
from chassis.service import Service
from chassis.settings import Settings, load

_BY_TOPIC = """
SELECT topic, count(*) AS pending, extract(epoch FROM clock_timestamp() - min(written_at))::float AS oldest_seconds
FROM outbox GROUP BY topic ORDER BY topic
"""


def outbox_commands(service: Service) -> typer.Typer:
    """The commands for one service."""
    outbox = typer.Typer(
        help=about("Events that are committed and not yet on Kafka.", "outbox status"),
        no_args_is_help=True,
    )

    @outbox.callback()
    def _outbox() -> None:
        pass

    @outbox.command("status")
    def _status(as_json: Json = False) -> None:
        """Shows how many events wait, by topic, and how long the oldest has waited.

        Example: outbox status --json

        Exit codes: 0 shown (however many wait), 1 the database could not be asked, 2 wrong use.
        """
        settings = load(service.settings)
        found = perform(lambda: _status_of(settings), settings)
        if as_json:
            tell_json(found)
            return
        if found["topics"]:
            rows = [(each["topic"], each["pending"], f"{each['oldest_seconds']:.1f}") for each in found["topics"]]
            tell_table(("topic", "pending", "oldest s"), rows, numbers=("pending", "oldest s"))
        typer.echo("{pending} pending, oldest {oldest_seconds:.1f} s".format(**found))

    return outbox


async def _status_of(settings: Settings) -> dict[str, Any]:
    connection = await open_connection(settings.database_address, name="outbox-status")
    try:
        topics = [dict(row) for row in await connection.fetch(_BY_TOPIC)]
    finally:
        await connection.close(timeout=5)
    return {
        "pending": sum(each["pending"] for each in topics),
        "oldest_seconds": max((each["oldest_seconds"] for each in topics), default=0.0),
        "topics": topics,
    }
