"""`python -m chassis trace`: what can be learned from the topics alone, without any service's database."""

import itertools
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Annotated

import typer
from aiokafka.errors import TopicAuthorizationFailedError

from chassis.console import Json, fail, perform, progress, refused_topics, tell_json
from chassis.settings import KafkaSettings, load
from chassis.stories import Told, follow, told_from, tree
from chassis.topic_reader import reading
from chassis.whole_stories import follow_key
from contracts.topics import TOPICS


def trace(
    wanted: Annotated[
        str,
        typer.Argument(metavar="ID", help="of a match, a relationship, a person …; of an event; or a correlation id"),
    ],
    as_json: Json = False,
) -> None:
    """Tells one story across all services, in the order in which one event led to another.

    With the id of a thing (a match, a relationship, a letter): all that is about it, what led to it and what followed
    from it, to the end. With the id of an event or a correlation id: all with the same correlation id. Reads every
    topic that this Kafka user may read, from its beginning; bodies are not shown.

    Example: MENTORING_KAFKA_BROKERS=kafka:9092 python -m chassis trace 01a21572-701c-7418-bdef-aa4043adbab5

    Exit codes: 0 found, 1 not found or Kafka could not be read, 2 wrong use.
    """
    settings = load(KafkaSettings)
    story = perform(lambda: _find(settings, wanted), settings)
    if not story:
        raise fail(f"Nothing on the topics is about {wanted}, and no event has it as its id or correlation id.")
    if as_json:
        tell_json([told.as_dict() | {"depth": depth} for depth, told in tree(story)])
    else:
        _tell(story)


async def _find(settings: KafkaSettings, wanted: str) -> list[Told]:
    topics = await _readable(settings)
    passes = itertools.count(1)

    def read() -> AsyncIterator[Told]:
        return _everything(settings, topics, f"reading the topics, pass {next(passes)}")

    return await follow_key(read, wanted) or await follow(read, wanted.lower())


async def _readable(settings: KafkaSettings) -> list[str]:
    """The topics that this user may read; the others are said."""
    names, closed = {topic.name for topic in TOPICS}, set[str]()
    while names - closed:
        try:
            async with reading(settings, sorted(names - closed)):
                break
        except TopicAuthorizationFailedError as refused:
            closed |= refused_topics(refused) & names or names
    if closed:
        typer.echo(f"Without {', '.join(sorted(closed))}: {settings.kafka_user} may not read it.", err=True)
    return sorted(names - closed)


async def _everything(settings: KafkaSettings, topics: Sequence[str], what: str) -> AsyncIterator[Told]:
    """Every event on these topics up to this moment."""
    async with reading(settings, topics) as reader:
        begin, end = await reader.beginnings(), await reader.ends()
        with progress(what, sum(end.values()) - sum(begin.values())) as advance:
            async for _, records in reader.read(begin, end, advance=advance):
                for told in filter(None, map(told_from, records)):
                    yield told


def _tell(story: Sequence[Told]) -> None:
    for depth, told in tree(story):
        typer.echo(f"{told.time[:19].replace('T', ' '):<21}{'  ' * depth}{told.name}  {told.key}  {told.source}")
    began, ended = min(told.time for told in story)[:10], max(told.time for told in story)[:10]
    typer.echo(f"{len(story)} events, {began} to {ended}; {_correlated(story)}")


def _correlated(story: Iterable[Told]) -> str:
    ids = {told.correlation_id for told in story}
    return f"correlation id {ids.pop()}" if len(ids) == 1 else f"{len(ids)} correlation ids"
