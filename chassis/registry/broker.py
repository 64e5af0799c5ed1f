"""Asks the broker what it has, and makes what is missing. Nothing is ever deleted here."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, for_code
from aiokafka.protocol.admin import CreateAclsRequest, DescribeAclsRequest

from chassis import kafka
from chassis.errors import Conflict
from chassis.registry.changes import Change, Found
from chassis.registry.wanted import Rule
from chassis.settings import KafkaSettings

ANY = 1
SET_ON_THE_TOPIC = 1
"""Kafka's DYNAMIC_TOPIC_CONFIG. An AlterConfigs replaces all of them, so those that are there are sent along."""
KINDS = {2: "topic", 3: "group", 4: "cluster", 5: "transactionalId"}
OPERATIONS = {
    2: "ALL", 3: "READ", 4: "WRITE", 5: "CREATE", 6: "DELETE", 7: "ALTER", 8: "DESCRIBE", 9: "CLUSTERACTION",
    10: "DESCRIBECONFIGS", 11: "ALTERCONFIGS", 12: "IDEMPOTENTWRITE",
}  # fmt: skip
ALLOW, LITERAL, PREFIXED = 3, 3, 4
MOST_COPIES = 3


class Broker:
    """The cluster, asked as an administrator."""

    def __init__(self, admin: AIOKafkaAdminClient) -> None:
        self._admin = admin

    async def copies(self) -> int:
        """How many copies of a new topic this cluster can keep: three, or as many as there are brokers."""
        return min(MOST_COPIES, len((await self._admin.describe_cluster())["brokers"]))

    async def topics(self, names: Collection[str]) -> dict[str, Found]:
        """Those of these topics that are there."""
        described = [each for each in await self._admin.describe_topics() if each["topic"] in names]
        settings = await self._settings([each["topic"] for each in described])
        return {
            each["topic"]: Found(
                len(each["partitions"]),
                min((len(partition["replicas"]) for partition in each["partitions"]), default=0),
                {name: value for name, (value, _) in settings[each["topic"]].items()},
            )
            for each in described
        }

    async def _settings(self, topics: Sequence[str]) -> dict[str, dict[str, tuple[str, int]]]:
        """By topic, each setting with its value and where it comes from."""
        found: dict[str, dict[str, tuple[str, int]]] = {}
        if not topics:
            return found
        wanted = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
        for answer in await self._admin.describe_configs(wanted):
            for code, message, _, topic, entries in answer.resources:
                _raise(code, f"the settings of {topic}", message)
                found[topic] = {name: (value, source) for name, value, _, source, *_ in entries}
        return found

    async def rules(self) -> set[Rule]:
        """Every access rule; raises if this user may not see them, or the broker has none."""
        answer = await self._send(DescribeAclsRequest(ANY, None, ANY, None, None, ANY, ANY))
        _raise(answer.error_code, "the access rules", answer.error_message)
        return {
            Rule(principal, permission == ALLOW, OPERATIONS.get(may, str(may)), KINDS.get(kind, str(kind)), name,
                 pattern == PREFIXED, host)
            for kind, name, pattern, acls in answer.resources
            for principal, host, may, permission in acls
        }  # fmt: skip

    async def apply(self, changes: Iterable[Change]) -> None:
        """Does each of these; the first that the broker refuses ends it."""
        for change in changes:
            match change.kind:
                case "create":
                    await self._create(change.topic, change.values)
                case "partitions":
                    more = {change.topic: NewPartitions(int(change.values["partitions"]))}
                    await self._admin.create_partitions(more)
                case "setting":
                    await self._set(change.topic, change.values)
                case "rule":
                    assert change.rule  # noqa: S101 - a change of this kind has one
                    await self._allow(change.rule)

    async def _create(self, topic: str, values: Mapping[str, str | int]) -> None:
        settings = {name: value for name, value in values.items() if name not in {"partitions", "copies"}}
        new = NewTopic(topic, int(values["partitions"]), int(values["copies"]), topic_configs=settings)
        for name, code, message, *_ in (await self._admin.create_topics([new])).topic_errors:
            _raise(code, f"making {name}", message)

    async def _set(self, topic: str, values: Mapping[str, str | int]) -> None:
        there = (await self._settings([topic]))[topic]
        own = {name: value for name, (value, source) in there.items() if source == SET_ON_THE_TOPIC}
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs=own | dict(values))
        for answer in await self._admin.alter_configs([resource]):
            for code, message, _, name in answer.resources:
                _raise(code, f"the settings of {name}", message)

    async def _allow(self, rule: Rule) -> None:
        kind = next(number for number, name in KINDS.items() if name == rule.kind)
        operation = next(number for number, name in OPERATIONS.items() if name == rule.operation)
        pattern, permission = PREFIXED if rule.prefixed else LITERAL, ALLOW if rule.allowed else 2
        answer = await self._send(
            CreateAclsRequest(kind, rule.name, pattern, rule.principal, rule.host, operation, permission)
        )
        for code, message in answer.creation_responses:
            _raise(code, f"the rule that {rule}", message)

    async def _send(self, request: Any) -> Any:
        return await self._admin._send_request(request)  # noqa: SLF001 - it has no word for access rules


def _raise(code: int, what: str, message: str | None) -> None:
    error = for_code(code)
    if error is not NoError:
        raise Conflict(f"Kafka refuses {what}: {message or error.description or error.__name__}")


@asynccontextmanager
async def broker(settings: KafkaSettings) -> AsyncIterator[Broker]:
    """The cluster at these addresses."""
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    try:
        await admin.start()
        yield Broker(admin)
    finally:
        await admin.close()
