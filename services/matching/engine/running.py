"""Who runs the blocks of a pass: this thread, some threads of this process, or a Ray cluster. The result is the same.

What a pass finds in a block depends on nothing but the block, and blocks are put together in their order.
"""

from __future__ import annotations

import pickle
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from threadpoolctl import threadpool_limits

from chassis.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
AHEAD = 2
"""Blocks for each worker that are begun before the first is taken: no worker waits, and few results lie around."""


class Runner(Protocol):
    """Maps blocks."""

    def map(self, work: Callable[..., T], told: tuple[object, ...], blocks: Iterable[object]) -> Iterator[T]:
        """`work(*told, block)` of each block, in order. `work` stands in a module; all blocks are told the same."""


@dataclass(frozen=True)
class Alone:
    """Everything in this thread."""

    def map(self, work: Callable[..., T], told: tuple[object, ...], blocks: Iterable[object]) -> Iterator[T]:
        """One after the other."""
        with threadpool_limits(1):
            yield from (work(*told, block) for block in blocks)


@dataclass(frozen=True)
class Threads:
    """So many threads of this process: compiled code runs beside other code."""

    count: int

    def map(self, work: Callable[..., T], told: tuple[object, ...], blocks: Iterable[object]) -> Iterator[T]:
        """Some at a time."""
        with threadpool_limits(1), ThreadPoolExecutor(self.count) as pool:
            yield from _in_order(
                (pool.submit(work, *told, block) for block in blocks), AHEAD * self.count, lambda task: task.result()
            )


def _in_order(tasks: Iterator[Any], ahead: int, result: Callable[[Any], T]) -> Iterator[T]:
    """The results in order, with so many begun ahead."""
    begun: deque[Any] = deque()
    for task in tasks:
        begun.append(task)
        if len(begun) > ahead:
            yield result(begun.popleft())
    while begun:
        yield result(begun.popleft())


@dataclass
class Ray:
    """The workers of a Ray cluster that this process is connected to (`ray.init`), each with the same code.

    People go to each worker once, prices once in each pass. Raises Invalid if Ray is not installed.
    """

    workers: int
    _held: dict[int, tuple[object, Any]] = field(default_factory=dict)

    def map(self, work: Callable[..., T], told: tuple[object, ...], blocks: Iterable[object]) -> Iterator[T]:
        """Some at a time."""
        try:
            import ray  # noqa: PLC0415 - the extra `cluster`
        except ImportError:
            raise Invalid("Ray is not installed: pip install 'mentoring[cluster]'") from None
        remote, references = ray.remote(_far), [self._reference(one, ray) for one in told]
        tasks = (remote.remote(work, pickle.dumps(block), *references) for block in blocks)
        yield from _in_order(tasks, AHEAD * self.workers, lambda task: pickle.loads(ray.get(task)))  # noqa: S301
        self._held = {at: held for at, held in self._held.items() if held[0] is told[0]}

    def _reference(self, one: object, ray: Any) -> Any:
        """Where the cluster has it; the first thing told is people, and stays the same from pass to pass."""
        if id(one) not in self._held:
            self._held[id(one)] = one, ray.put(pickle.dumps(one, protocol=pickle.HIGHEST_PROTOCOL))
        return self._held[id(one)][1]


def _far(work: Callable[..., Any], block: bytes, *told: bytes) -> bytes:
    """One block on a worker. Bytes travel, since arrays of Ray cannot be written to, which compiled code would mind."""
    with threadpool_limits(1):
        found = work(*map(_unpacked, told), pickle.loads(block))  # noqa: S301 - we wrote it
    return pickle.dumps(found, protocol=pickle.HIGHEST_PROTOCOL)


@lru_cache(maxsize=16)
def _unpacked(packed: bytes) -> object:
    """What a worker was told, unpacked once."""
    return pickle.loads(packed)  # noqa: S301 - we wrote it


ALONE = Alone()
