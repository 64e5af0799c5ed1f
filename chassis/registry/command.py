"""`topics diff|apply`: the registry of topics held against the broker."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from chassis.console import Json, about, fail, perform, tell_json
from chassis.errors import Conflict
from chassis.registry.broker import Broker, broker
from chassis.registry.changes import Change, differences, rule_differences
from chassis.registry.wanted import USERS, rules_in
from chassis.settings import KafkaSettings, load
from contracts.topics import TOPICS

topics = typer.Typer(
    no_args_is_help=True,
    help=about("The topics of the registry and who may use them, on your Kafka.", "python -m chassis topics diff"),
)
Users = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="KafkaUser resources; by default those of deploy/k8s")
]


@topics.command()
def diff(users: Users = None, *, as_json: Json = False) -> None:
    """Says what the broker has otherwise than the registry: topics, partitions, retention, compaction, access rules.

    Changes nothing. Needs a user that may describe topics and their settings; access rules are compared if it may see
    them.

    Example: MENTORING_KAFKA_BROKERS=kafka:9092 python -m chassis topics diff

    Exit codes: 0 all is as it should be, 1 something differs or Kafka could not be asked, 2 wrong use.
    """
    changes, remarks = _look(users)
    if as_json:
        tell_json({"changes": [_as_dict(change) for change in changes], "remarks": remarks})
    else:
        _tell(changes, remarks)
    raise typer.Exit(1 if changes else 0)


@topics.command()
def apply(
    users: Users = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    partitions: Annotated[
        bool, typer.Option("--partitions", help="also add partitions, which moves keys; see what `diff` says of it")
    ] = False,
) -> None:
    """Makes topics and access rules that are missing and sets what differs, after saying what and asking.

    Deletes nothing and shortens nothing: what would throw records away is said and left to you.

    Example: python -m chassis topics apply --yes

    Exit codes: 0 all is as it should be now, 1 something is left or was refused, 2 wrong use.
    """
    changes, remarks = _look(users)
    wanted = [each for each in changes if each.can_be_applied and (partitions or each.kind != "partitions")]
    _tell(changes, remarks)
    if wanted and not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("nobody can be asked here: say --yes", param_hint="--yes")
        typer.confirm(f"Do {len(wanted)} of these?", abort=True)
    settings = load(KafkaSettings)
    perform(lambda: _apply(settings, wanted), settings)
    typer.echo(f"{len(wanted)} done")
    if left := len(changes) - len(wanted):
        raise fail(f"{left} left to you")


def _look(users: Path | None) -> tuple[list[Change], list[str]]:
    settings = load(KafkaSettings)
    return perform(lambda: _compare(settings, users), settings)


async def _compare(settings: KafkaSettings, users: Path | None) -> tuple[list[Change], list[str]]:
    async with broker(settings) as cluster:
        found = await cluster.topics({topic.name for topic in TOPICS})
        changes = differences(TOPICS, found, copies=await cluster.copies())
        rules, remarks = await _compare_rules(cluster, users or USERS)
    return [*changes, *rules], remarks


async def _compare_rules(cluster: Broker, users: Path) -> tuple[list[Change], list[str]]:
    try:
        return rule_differences(rules_in(users), await cluster.rules()), []
    except Conflict as refused:
        return [], [f"Access rules were not compared. {refused}"]
    except FileNotFoundError:
        return [], ["Access rules were not compared: say --users FILE."]
    except ImportError:
        return [], ["Access rules were not compared: this installation has no PyYAML."]


async def _apply(settings: KafkaSettings, changes: Sequence[Change]) -> None:
    async with broker(settings) as cluster:
        await cluster.apply(changes)


def _as_dict(change: Change) -> dict[str, object]:
    return {"kind": change.kind, "name": change.topic, "sentence": change.sentence, "values": dict(change.values)}


def _tell(changes: Sequence[Change], remarks: Sequence[str]) -> None:
    for change in changes:
        typer.echo(f"{'+' if change.can_be_applied else '!'} {change.sentence}")
    for remark in remarks:
        typer.echo(f"  {remark}")
    by_hand = sum(not change.can_be_applied for change in changes)
    typer.echo(
        f"{len(changes)} differences, {by_hand} of them by hand" if changes else "Topics are as the registry says."
    )
