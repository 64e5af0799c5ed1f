"""`python -m chassis trace`: what can be learned from the topics alone, without any service's database."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import Progress

from chassis import kafka
from chassis.settings import KafkaSettings, load
from chassis.stories import Told, follow, told_from, tree
from contracts.topics import TOPICS


def trace(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="a correlation id, or the id of any event of the story")],
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Tells one story across all services, in the order in which one event led to another.

    Reads every topic from its beginning; bodies are not shown. Exit codes: 0 found, 1 not found, 2 wrong use.

    Example: MENTORING_KAFKA_BROKERS=kafka:9092 python -m chassis trace 01a21572-701c-7418-bdef-aa4043adbab5
    """
    settings = load(KafkaSettings)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # one sentence of ours says it
    try:
        story = asyncio.run(follow(lambda: _everything(settings), wanted.lower()))
    except KafkaError as error:
        reason = asyncio.run(kafka.why(settings, error))
        typer.echo(f"Kafka cannot be read: {reason}.", err=True)
        raise typer.Exit(1) from error
    if not story:
        typer.echo(f"No event on the topics has the id or correlation id {wanted}.", err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps([told.as_dict() | {"depth": depth} for depth, told in tree(story)], indent=2))
        return
    for depth, told in tree(story):
        typer.echo(f"{told.time[:23]:<24}{'  ' * depth}{told.name}  {told.key}  {told.source}")
    typer.echo(f"{len(story)} events, correlation id {story[0].correlation_id}")


async def _everything(settings: KafkaSettings) -> AsyncIterator[Told]:
    """Every event on every topic up to this moment; progress goes to the terminal's error stream."""
    consumer = AIOKafkaConsumer(**kafka.connection(settings), enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await consumer.start()
        places = [TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions)]
        consumer.assign(places)
        first = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        left = {place for place in places if first[place] < ends[place]}
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("reading the topics", total=sum(ends.values()) - sum(first.values()))
            while left:
                for place, records in (await consumer.getmany(timeout_ms=500)).items():
                    bar.advance(task, len(records))
                    for record in records:
                        if record.offset < ends[place] and (told := told_from(record)):
                            yield told
                left = {place for place in left if await consumer.position(place) < ends[place]}
    finally:
        await consumer.stop()
