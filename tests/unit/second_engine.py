"""A second engine, written from `docs/matching.md` alone: rules, score and parts, in plain Python, one pair at a time.

It imports nothing of `services.matching.engine`. Where the two differ, either one of them or the page is wrong.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from contracts.programs import Policy
from tests.unit.second_reading import One, plain, shared_minutes

FIT_BY_GAP = (8000, 10000, 10000, 9000, 7000)
LANGUAGE_BY_PLACE = (10000, 8000, 6000, 4000)
MILLION = 1_000_000


def millionths(share: float) -> int:
    return round(share * MILLION)


def both(x: int | None, y: int | None) -> int | None:
    if x is None or y is None:
        return y if x is None else x
    return (6 * x + 4 * y) // 10


@dataclass(frozen=True)
class SecondEngine:
    """What stands around a pair, and every question of the page about one."""

    policy: Policy
    managers: Mapping[str, str | None]
    seats: Mapping[str, int]
    forbidden: frozenset[tuple[str, str]] = frozenset()
    refused: frozenset[tuple[str, str]] = frozenset()
    tried: frozenset[tuple[str, str]] = frozenset()
    stated: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    vectors: Mapping[str, list[int]] = field(default_factory=dict)

    def broken(self, a: One, b: One) -> str | None:
        """The first rule that forbids mentee a and mentor b."""
        rules, pair = self.policy.rules, (a.id, b.id)
        parts = self.values(a, b)
        questions = {
            "same-person": lambda: a.id == b.id,
            "not-in-program": lambda: "mentee" not in a.profile.roles or not (self.joins(a) and self.joins(b)),
            "not-willing": lambda: "mentor" not in b.profile.roles,
            "no-seat": lambda: self.seats.get(b.id, 0) < 1,
            "language": lambda: not set(a.languages) & set(b.languages),
            "same-team": lambda: not rules.same_team and plain(a.profile.team) == plain(b.profile.team) != "",
            "reporting-line": lambda: b.id in self.above(a.id) or a.id in self.above(b.id),
            "avoid": lambda: b.id in a.profile.avoid or a.id in b.profile.avoid,
            "forbidden": lambda: pair in self.forbidden,
            "refused": lambda: pair in self.refused,
            "tried-before": lambda: pair in self.tried,
            "overlap": lambda: self.minutes(a, b) < round(60 * rules.min_overlap_hours),
            "completeness": lambda: (
                self.answered(parts) * MILLION < self.all_weight * millionths(rules.min_completeness)
            ),
            "below-floor": lambda: self.score(a, b) < rules.min_score,
        }
        return next((rule for rule, is_broken in questions.items() if is_broken()), None)

    def joins(self, who: One) -> bool:
        return not self.policy.functions or plain(who.profile.function) in map(plain, self.policy.functions)

    def above(self, who: str) -> list[str]:
        line: list[str] = []
        for _ in range(self.policy.rules.reporting_line_depth):
            manager = self.managers.get(line[-1] if line else who)
            if manager is None or manager == who or manager in line:
                break
            line.append(manager)
        return line

    def minutes(self, a: One, b: One) -> int:
        return shared_minutes(a.hours, b.hours, self.policy.starts_on)

    @cached_property
    def weights(self) -> dict[str, int]:
        return {part: millionths(weight) for part, weight in self.policy.weights.model_dump().items()}

    @cached_property
    def all_weight(self) -> int:
        return sum(self.weights.values())

    def values(self, a: One, b: One) -> dict[str, int]:
        """The parts that are answered, in the order of the table."""
        values = {
            "need": need(a, b),
            "goals": self.goals(a, b) if a.aims and b.words else None,
            "style": style(a.profile.style, b.profile.style),
            "preference": both(self.wish(a, b), self.wish(b, a)),
            "hours": min(self.minutes(a, b), 240) * 10_000 // 240,
            "language": language(a.languages, b.languages),
            "seniority": self.seniority(a.profile.level, b.profile.level),
        }
        return {part: value for part, value in values.items() if value is not None}

    def goals(self, a: One, b: One) -> int | None:
        return both(self.near(a, b), self.near(b, a))

    def near(self, me: One, other: One) -> int | None:
        if not me.aims:
            return None
        mine, theirs = self.vectors.get(me.id, []), self.vectors.get(other.id, [])
        p = sum(x * y for x, y in zip(mine, theirs, strict=False))
        similarity = min(max(2 * p - 16_129, 0) * 10_000 // 16_129, 10_000)
        return max(min(2 * len(me.aims & other.words) * 10_000 // len(me.aims), 10_000), similarity)

    def wish(self, me: One, other: One) -> int | None:
        about = self.stated.get(me.id)
        return round(about.get(other.id, 0) * 10_000) if about else None

    def seniority(self, mentee: int | None, mentor: int | None) -> int | None:
        if mentee is None or mentor is None:
            return None
        low, high = self.policy.rules.seniority_gap
        outside = max(low - (mentor - mentee), (mentor - mentee) - high, 0)
        return max(3 - outside, 0) * 10_000 // 3

    def answered(self, parts: Iterable[str]) -> int:
        return sum(self.weights[part] for part in parts)

    def score(self, a: One, b: One) -> int:
        values = self.values(a, b)
        weighed = sum(self.weights[part] * value for part, value in values.items())
        return weighed * 10_000_000 // (10_000 * self.answered(values)) if self.answered(values) else 0

    def completeness(self, a: One, b: One) -> int:
        return self.answered(self.values(a, b)) * MILLION // self.all_weight

    def parts(self, a: One, b: One) -> dict[str, int]:
        """Shares of the score by Hamilton's method: they add up to it exactly."""
        values = self.values(a, b)
        divisor = 10_000 * self.answered(values) or 1
        exact = {part: divmod(self.weights[part] * value * 10_000_000, divisor) for part, value in values.items()}
        shares = Counter({part: quotient for part, (quotient, _) in exact.items()})
        largest = sorted(exact, key=lambda part: -exact[part][1])
        shares.update(largest[: self.score(a, b) - shares.total()])
        return {part: share for part, share in shares.items() if part != "preference" or values[part]}


def need(a: One, b: One) -> int | None:
    if not a.wants:
        return None
    fits = []
    for skill, wished in a.wants.items():
        level, evidence = b.teaches.get(skill, (0, 0))
        fits.append(FIT_BY_GAP[level - wished] * evidence // 100 if level >= wished else 0)
    return both(sum(fits) // len(fits), max(fits))


def style(mine: Mapping[str, int], theirs: Mapping[str, int]) -> int | None:
    shared = mine.keys() & theirs.keys()
    far = sum(abs(mine[question] - theirs[question]) for question in shared)
    return (4 * len(shared) - far) * 10_000 // (4 * len(shared)) if shared else None


def language(mine: list[str], theirs: list[str]) -> int:
    places = [(mine.index(one), theirs.index(one)) for one in mine if one in theirs]
    return max((both(*(LANGUAGE_BY_PLACE[min(place, 3)] for place in pair)) for pair in places), default=0)
