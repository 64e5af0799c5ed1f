"""What benches of their own measure, each in a process of its own; with `--json` they tell it in lines of JSON.

A line of `scale` is a cohort with its passes. A line of the others is a target, `{"id": "M8", "measured": "p50 0.9 ms",
"met": true}`, or without an `id` theirs to draw. What takes longer than this bench may is read as it was last saved.
"""

from importlib.util import find_spec

from tests.bench import results
from tests.bench.matching.running import Clock, Told, module

CALLS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("tests.bench.scale", ("--mentees", 10_000, "--json")),
    ("tests.bench.live", ("--json",)),
    ("tests.bench.fairness", ("--json",)),
)
BY_ITSELF = 100_000
"""Mentees whose cohort takes half an hour: `python -m tests.bench.scale` measures it by itself."""
NOT_THERE = "its bench is not there yet"
SHARE = 0.25
"""Of the whole run's time, for each of them at most."""


def measure(clock: Clock) -> list[Told]:
    """What they tell, with the module's name, or why one told nothing."""
    lines = []
    for name, arguments in CALLS:
        told = _asked(name, arguments, clock)
        print(name, told, flush=True)
        lines += [{"from": name} | line for line in told]
    return [*lines, {"from": "tests.bench.scale"} | before()]


def before() -> Told:
    """The large cohort as it was last measured."""
    saved = results.load(f"scale-{BY_ITSELF}")
    return saved["rows"] if saved else {"why": "`python -m tests.bench.scale` takes half an hour of its own"}


def _asked(name: str, arguments: tuple[object, ...], clock: Clock) -> list[Told]:
    if find_spec(name) is None:
        return [{"why": NOT_THERE}]
    if clock.left() < clock.limit:
        return [{"why": "left out: no time was left"}]
    return module(name, *arguments, limit=min(clock.left(), SHARE * 60 * clock.minutes), threads=0)
