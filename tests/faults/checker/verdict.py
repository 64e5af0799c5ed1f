"""All comparisons together: counts for the table, and findings as sentences."""

from dataclasses import asdict, dataclass, field

from tests.faults.checker import compare
from tests.faults.checker.facts import Facts


@dataclass
class Verdict:
    """What was seen, and what does not hold. No findings: everything held."""

    committed: int = 0
    on_topic: int = 0
    duplicates: int = 0
    lost: int = 0
    effects: int = 0
    doubled: int = 0
    out_of_order: int = 0
    stale: int = 0
    parked: int = 0
    broken: dict[str, list[str]] = field(default_factory=dict)
    """Findings by promise."""

    @property
    def findings(self) -> list[str]:
        """Every finding, with its promise before it."""
        return [f"{promise}: {sentence}" for promise, found in self.broken.items() for sentence in found]

    def counts(self) -> dict[str, int]:
        """The numbers only."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}


def check(facts: Facts) -> Verdict:
    """Compares everything with everything else."""
    waiting = set(facts.parked.get("parked", ()))
    aside = waiting | set(facts.parked.get("discarded", ()))
    broken = {
        "P1": [
            *compare.lost(facts.told, facts.records, aside=facts.relay_parked),
            *compare.lost(facts.noted_told, facts.noted),
        ],
        "P2": [*compare.invented(facts.told, facts.records), *compare.invented(facts.noted_told, facts.noted)],
        "P1 P2": compare.untold(facts.changes, facts.records, aside=len(facts.relay_parked)),
        "P3": [
            *compare.out_of_order(facts.records, gaps_allowed=bool(facts.relay_parked)),
            *compare.out_of_order(facts.noted),
        ],
        "P4": [
            *compare.doubled(facts.effects),
            *compare.without_effect(facts.records, facts.effects, aside),
            *compare.effects_out_of_nowhere(facts.records, facts.effects),
            *compare.not_noted(facts.effects, facts.noted),
        ],
        "P5": compare.stale(facts.balances, compare.fold(facts.records, aside), facts.regressions),
        "P8": compare.parked_books(facts.parked, facts.parked_in),
        "P10": compare.done_too_early(facts.records, facts.effects, aside, facts.offsets),
        "answers": compare.broken_answers(facts.changes, facts.answered),
    }
    return _counted(facts, waiting, {promise: found for promise, found in broken.items() if found})


def _counted(facts: Facts, waiting: set[str], broken: dict[str, list[str]]) -> Verdict:
    on_topic = {record.id for record in facts.records}
    distinct = {effect.id for effect in facts.effects}
    expected = compare.fold(facts.records, waiting | set(facts.parked.get("discarded", ())))
    return Verdict(
        committed=len({each.id for each in facts.told}),
        on_topic=len(on_topic),
        duplicates=compare.duplicates(facts.records) + compare.duplicates(facts.noted),
        lost=len({each.id for each in facts.told} - on_topic - facts.relay_parked) + len(on_topic - distinct - waiting),
        effects=len(distinct),
        doubled=len(facts.effects) - len(distinct),
        out_of_order=len(compare.out_of_order(facts.records, gaps_allowed=True)),
        stale=sum(facts.balances.get(key) != value for key, value in expected.items()) + len(facts.regressions),
        parked=len(waiting),
        broken=broken,
    )
