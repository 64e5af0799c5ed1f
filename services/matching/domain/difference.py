"""Two matchings beside each other: who changes, what is gained and lost, and how each group fares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.event import PersonId
from services.matching.engine.frame import Pair

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Result:
    """One matching: who has whom, its certificate and its report as plain values."""

    mentors: Mapping[PersonId, PersonId]
    """Mentee → mentor, pinned pairs too."""
    certificate: Mapping[str, Any]
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A mentee whose mentor would be another one, or none, or one at all."""

    mentee_id: PersonId
    mentor_now: PersonId | None
    mentor_then: PersonId | None
    score_now: int | None = None
    """By the scores of the other policy, as `score_then`; None: it does not allow the pair, or there is none."""
    score_then: int | None = None

    @property
    def difference(self) -> int | None:
        """What the mentee's pair would gain, where both are allowed."""
        if self.score_now is None or self.score_then is None:
            return None
        return self.score_then - self.score_now


@dataclass(frozen=True, slots=True)
class Difference:
    """What the second of two results changes."""

    now: dict[str, Any]
    """Certificate and report of the first, as plain values."""
    then: dict[str, Any]
    changes: tuple[Change, ...]
    """By mentee."""
    keep: int
    """Mentees who would have the same mentor."""
    change: int
    """Who would have another one."""
    gain: int
    """Who would have one, and has none."""
    lose: int
    """Who would have none, and has one."""
    forbidden: int
    """Pairs of now that the other policy does not allow."""
    score_now: int
    """Of the pairs of now that the other policy allows, by its scores: those of two policies cannot be compared."""
    score_then: int
    groups: tuple[dict[str, Any], ...]
    """Each group that is told about on one side at least: `by`, `name`, and its figures `now` and `then`."""


def difference(now: Result, then: Result, worth: Mapping[Pair, int]) -> Difference:
    """What `then` changes. `worth`: the pairs of both that the second policy allows, with its scores."""
    had, has = now.mentors, then.mentors
    everybody = [_change(mentee, had.get(mentee), has.get(mentee), worth) for mentee in sorted({*had, *has})]
    changes = tuple(each for each in everybody if each.mentor_now != each.mentor_then)
    gain, lose = sum(each.mentor_now is None for each in changes), sum(each.mentor_then is None for each in changes)
    return Difference(
        now={"certificate": dict(now.certificate), "report": dict(now.report)},
        then={"certificate": dict(then.certificate), "report": dict(then.report)},
        changes=changes,
        keep=len(everybody) - len(changes),
        change=len(changes) - gain - lose,
        gain=gain,
        lose=lose,
        forbidden=sum(pair not in worth for pair in had.items()),
        score_now=sum(worth.get(pair, 0) for pair in had.items()),
        score_then=sum(worth[pair] for pair in has.items()),
        groups=tuple(_groups(now.report, then.report)),
    )


def sums(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """The totals of one result, by the scores of its own policy."""
    matched, score = certificate["matched"], certificate["score"]
    told = {name: certificate[name] for name in ("mentees", "seats", "allowed_pairs", "matched", "score")}
    mean_score = score // matched if matched else None
    return told | {"coverage_ppm": _coverage_ppm(certificate), "mean_score": mean_score}


def _coverage_ppm(told: Mapping[str, Any]) -> int:
    return int(told["matched"]) * MILLION // max(int(told["mentees"]), 1)


def _change(mentee: PersonId, now: PersonId | None, then: PersonId | None, worth: Mapping[Pair, int]) -> Change:
    score_now, score_then = (worth.get((mentee, mentor)) if mentor else None for mentor in (now, then))
    return Change(mentee, now, then, score_now, score_then)


def _groups(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Groups of both reports side by side, in their order; whom a report keeps back as too few stays back."""
    one, other = ({(each["by"], each["name"]): _figures(each) for each in _told(report)} for report in (now, then))
    return [
        {"by": by, "name": name, "now": one.get((by, name)), "then": other.get((by, name))}
        for by, name in dict.fromkeys([*one, *other])
    ]


def _told(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*report.get("segments", ()), *report.get("groups", ())]


def _figures(segment: Mapping[str, Any]) -> dict[str, Any]:
    figures = {name: segment[name] for name in ("mentees", "matched", "mean_score")}
    return figures | {"coverage_ppm": _coverage_ppm(segment)}
