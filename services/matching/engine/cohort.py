"""A whole cohort at once: the best matching with its proof. The service calls `match_cohort` in a worker."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chassis.errors import Invalid
from contracts.matching import SCORE_SCALE
from services.matching.engine.frame import frame_of
from services.matching.engine.memory import STREAMED_PAIRS, must_hold, must_stream
from services.matching.engine.pins import collisions
from services.matching.engine.reasons import reasons
from services.matching.engine.report import Report, report
from services.matching.engine.rules import in_program
from services.matching.engine.score import Score, score
from services.matching.engine.settle import Outcome, settle
from services.matching.engine.survey import Survey, survey
from services.matching.engine.unmatched import Unmatched, why_pin_refused, why_unmatched

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from contracts.matching import Policy, Reason
    from services.matching.engine.certificate import Certificate
    from services.matching.engine.frame import Frame, Pair
    from services.matching.engine.groups import Groups
    from services.matching.engine.meaning import Meaning
    from services.matching.engine.pairs import Pairs
    from services.matching.engine.people import Person
    from services.matching.engine.running import Runner
    from services.matching.engine.survey import Progress


@dataclass(frozen=True)
class Matched:
    """A mentee, their mentor, and why."""

    mentee_id: str
    mentor_id: str
    score: Score
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class SeatPrice:
    """What one more seat of this mentor would be worth, in points of `coverage_bonus + score`."""

    mentor_id: str
    seats: int
    taken: int
    price: int


@dataclass(frozen=True)
class CohortResult:
    """Pairs and unmatched mentees, each in the order of the mentees' ids; and the proof that none is better.

    `pinned` was decided beforehand: the proof is about the others, and the seats that were left.

    For every allowed pair: utility of the mentee + price of the mentor ≥ coverage_bonus + points.
    """

    pairs: tuple[Matched, ...]
    pinned: tuple[Matched, ...]
    unmatched: tuple[Unmatched, ...]
    prices: tuple[SeatPrice, ...]
    utilities: dict[str, int]
    certificate: Certificate
    report: Report


def match_cohort(
    people: Sequence[Person],
    seats: Mapping[str, int],
    policy: Policy,
    *,
    policy_version: int,
    mentees: Collection[str] | None = None,
    managers: Mapping[str, str | None] | None = None,
    pinned: Collection[Pair] = (),
    forbidden: Collection[Pair] = (),
    refused: Collection[Pair] = (),
    tried: Collection[Pair] = (),
    preferences: Mapping[Pair, float] | None = None,
    meaning: Meaning | None = None,
    groups: Groups | None = None,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> CohortResult:
    """Matches who looks for a mentor: as many as possible, and so that the total score is the highest.

    `people` holds everyone who may be needed, each id once. `mentees`: who looks for a mentor (default: all who
    may). `seats`: mentor → free seats; whoever is absent has none. `managers` and `meaning`: see `frame`. The order
    of none of these matters. Pure; everything in and out can be pickled, apart from `progress`.

    `groups`: what people opted into, for the report; for steering too, if the policy asks for it (`fairness`).

    `runner`: who looks at the pairs of a large cohort (`running`); this thread, unless somebody else is named.

    `pinned`: pairs to keep, one per mentee at most. Whose pin cannot be kept is unmatched and told why (`pins`).
    """
    frame = frame_of(
        policy,
        people,
        managers=managers,
        forbidden=forbidden,
        refused=refused,
        tried=tried,
        preferences=preferences,
        meaning=meaning,
    )
    by_id = {person.id: person for person in people}
    refused = collisions(pinned, by_id, seats, frame)
    kept = sorted(set(pinned) - refused.keys())
    outcome, found = settle_cohort(
        people,
        Counter(seats) - Counter(mentor for _, mentor in kept),
        frame,
        policy_version=policy_version,
        mentees={person.id for person in _seeking(people, mentees, frame)} - {mentee for mentee, _ in pinned},
        groups=groups,
        runner=runner,
        progress=progress,
    )
    if progress:
        progress("reasons", 0.0)
    left = [why_unmatched(mentee, outcome, found) for mentee in outcome.unmatched()]
    left += [why_pin_refused(*pair, why) for pair, why in refused.items()]
    return CohortResult(
        pairs=_matched(((mentee, mentor) for mentee, mentor, _ in outcome.pairs()), by_id, frame),
        pinned=_matched(kept, by_id, frame),
        unmatched=tuple(sorted(left, key=lambda one: one.mentee_id)),
        prices=tuple(SeatPrice(*row) for row in outcome.prices()),
        utilities=dict(outcome.utilities()),
        certificate=outcome.certificate,
        report=report(outcome, by_id, found, groups or {}),
    )


def settle_cohort(
    people: Sequence[Person],
    seats: Mapping[str, int],
    frame: Frame,
    *,
    policy_version: int,
    mentees: Collection[str] | None = None,
    groups: Groups | None = None,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> tuple[Outcome, Survey]:
    """The same in numbers alone, with why some have nobody, for those who write it to files."""
    began = time.perf_counter()
    seeking, offering = _seeking(people, mentees, frame), _offering(people, seats, frame)
    problem, found = _all_pairs(seeking, offering, frame, seats, runner, progress)
    if progress:
        progress("best matching and proof", 0.0)
    outcome = settle(
        problem,
        scale=SCORE_SCALE,
        policy_version=policy_version,
        min_score=frame.least_score,
        groups=groups if frame.policy.fairness.steer else None,
        most_loss_ppm=frame.policy.fairness.most_loss_ppm,
        began=began,
        progress=progress,
    )
    return outcome, found


def _all_pairs(
    mentees: list[Person],
    mentors: list[Person],
    frame: Frame,
    seats: Mapping[str, int],
    runner: Runner | None,
    progress: Progress | None,
) -> tuple[Pairs, Survey]:
    """The allowed pairs, and why some mentees have none: kept, or of a large cohort looked at in passes."""
    free = [seats[mentor.id] for mentor in mentors]
    if len(mentees) * len(mentors) < STREAMED_PAIRS:
        must_hold(len(mentees) * len(mentors))
        found = survey(mentees, mentors, frame, progress)
        return found.problem(mentees, mentors, free), found
    from services.matching.engine.passes import stream  # noqa: PLC0415 - compiled, for large cohorts only

    must_stream(len(mentees) + len(mentors))
    return stream(mentees, mentors, frame, free, runner, progress)


def _seeking(people: Sequence[Person], mentees: Collection[str] | None, frame: Frame) -> list[Person]:
    by_id = {person.id: person for person in people}
    if len(by_id) != len(people):
        raise Invalid("somebody is listed twice")
    if mentees is None:
        chosen = [person for person in people if "mentee" in person.roles and in_program(person, frame)]
    elif unknown := sorted(set(mentees) - by_id.keys()):
        raise Invalid(f"nobody has the id {unknown[0]}")
    else:
        chosen = [by_id[mentee] for mentee in set(mentees)]
    return sorted(chosen, key=lambda person: person.id)


def _offering(people: Sequence[Person], seats: Mapping[str, int], frame: Frame) -> list[Person]:
    willing = [person for person in people if "mentor" in person.roles and in_program(person, frame)]
    return sorted((one for one in willing if seats.get(one.id, 0) > 0), key=lambda person: person.id)


def _matched(pairs: Iterable[Pair], people: Mapping[str, Person], frame: Frame) -> tuple[Matched, ...]:
    """These pairs with their scores and reasons."""
    told = []
    for mentee, mentor in pairs:
        pair = score(people[mentee], people[mentor], frame)
        told.append(Matched(mentee, mentor, pair, reasons(pair, people[mentee], people[mentor], frame)))
    return tuple(told)
