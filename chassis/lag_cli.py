"""`lag`: how far a service, or every group, is behind."""

from collections.abc import Sequence
from typing import Annotated

import typer

from chassis.console import Json, fail, perform, tell_json, tell_table
from chassis.lag import Group, as_dict, lag_of, lag_of_all
from chassis.service import Service
from chassis.settings import KafkaSettings, load
from contracts.topics import TOPICS

COLUMNS = ("group", "topic", "partition", "position", "end", "behind", "seconds")
Most = Annotated[float | None, typer.Option("--most", metavar="SECONDS", help="exit 1 if anything waits longer")]
Every = Annotated[bool, typer.Option("--all", help="also partitions with nothing to do")]


def add_lag(app: typer.Typer, service: Service) -> None:
    """Adds the command of a service that hears something."""
    if not service.hears:
        return

    @app.command("lag")
    def _lag(most: Most = None, *, every: Every = False, as_json: Json = False) -> None:
        """Shows how many records this service has not handled yet, and how long the first of them has waited.

        Asks Kafka, with the service's own user; the service need not run.

        Example: lag --most 60

        Exit codes: 0 shown, 1 something waits longer than --most or Kafka could not be asked, 2 wrong use.
        """
        settings = load(service.settings)
        group = perform(lambda: lag_of(settings, service.name, service.topics), settings)
        _tell([group], most, every=every, as_json=as_json)


def lag(
    group: Annotated[list[str] | None, typer.Option(help="only this consumer group; repeatable")] = None,
    most: Most = None,
    *,
    every: Every = False,
    as_json: Json = False,
) -> None:
    """Shows how far every consumer group is behind on the platform's topics, as far as this Kafka user may ask.

    Example: MENTORING_KAFKA_BROKERS=kafka:9092 python -m chassis lag --most 60

    Exit codes: 0 shown, 1 something waits longer than --most or Kafka could not be asked, 2 wrong use.
    """
    settings = load(KafkaSettings)
    groups = perform(lambda: lag_of_all(settings, [topic.name for topic in TOPICS]), settings)
    if missing := set(group or ()) - {each.name for each in groups}:
        raise fail(f"No group {min(missing)} has read any of the topics. There are: {_names(groups)}.")
    _tell([each for each in groups if not group or each.name in group], most, every=every, as_json=as_json)


def _names(groups: Sequence[Group]) -> str:
    return ", ".join(group.name for group in groups) or "none"


def _tell(groups: Sequence[Group], most: float | None, *, every: bool, as_json: bool) -> None:
    if as_json:
        tell_json([as_dict(group) for group in groups])
    else:
        _tell_people(groups, every=every)
    longest = max((lag.seconds for group in groups for lag in group.partitions), default=0.0)
    if most is not None and longest > most:
        raise fail(f"Something has waited for {longest:.0f} seconds.")


def _tell_people(groups: Sequence[Group], *, every: bool) -> None:
    rows = [
        (lag.group, lag.topic, lag.partition, lag.position, lag.end, lag.behind, f"{lag.seconds:.1f}")
        for group in groups
        for lag in group.partitions
        if every or lag.behind
    ]
    if rows:
        tell_table(COLUMNS, rows, numbers=COLUMNS[2:])
    for group in groups:
        found = as_dict(group)
        who = "1 member" if group.members == 1 else f"{group.members} members"
        typer.echo("{group}: {behind} records behind, {seconds:.1f} s; ".format(**found) + f"{who}, {group.state}")
