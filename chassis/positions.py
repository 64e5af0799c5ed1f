"""How far this database knows each partition. Kafka keeps offsets too, but does not go back when we are restored."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from chassis.db import Tx

Place = tuple[str, int]
"""Topic and partition."""
Kind = Literal["told", "heard"]

MOVE = """
INSERT INTO positions (kind, topic, partition, position)
SELECT '{kind}', topic, partition, position
FROM unnest({topics}::text[], {partitions}::int[], {positions}::bigint[]) AS t (topic, partition, position)
ORDER BY topic, partition
ON CONFLICT (kind, topic, partition) DO UPDATE SET position = greatest(positions.position, excluded.position)
"""
_SET = MOVE.replace("greatest(positions.position, excluded.position)", "excluded.position").format(
    kind="{kind}", topics="$1", partitions="$2", positions="$3"
)
_HEARD = f"""
WITH before AS (
    SELECT topic, partition, position FROM positions
    WHERE kind = 'heard' AND (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
), moved AS ({MOVE.format(kind="heard", topics="$1", partitions="$2", positions="$3")})
SELECT topic, partition, position FROM before
"""


async def read(tx: Tx, kind: Kind) -> dict[Place, int]:
    """The next offset of each partition that is not known yet."""
    rows = await tx.fetch("SELECT topic, partition, position FROM positions WHERE kind = $1", kind)
    return _by_place(rows)


async def put(tx: Tx, kind: Kind, positions: Mapping[Place, int]) -> None:
    """These are the positions now, also where that is further back."""
    await tx.execute(_SET.format(kind=kind), *columns(positions))


async def move_heard(tx: Tx, positions: Mapping[Place, int]) -> dict[Place, int]:
    """Moves on to these positions, in the transaction of what was heard; gives those from before."""
    return _by_place(await tx.fetch(_HEARD, *columns(positions)))


async def heard_nothing_yet(tx: Tx) -> bool:
    """Whether this database has never heard anything: it is new, whatever Kafka says of its group."""
    return bool(await tx.fetchval("SELECT NOT EXISTS (SELECT FROM inbox)"))


def columns(positions: Mapping[Place, int]) -> tuple[list[str], list[int], list[int]]:
    """Topics, partitions and positions, for `unnest`."""
    return [topic for topic, _ in positions], [number for _, number in positions], list(positions.values())


def _by_place(rows: Sequence[Any]) -> dict[Place, int]:
    return {(row["topic"], row["partition"]): row["position"] for row in rows}
