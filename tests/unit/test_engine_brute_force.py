"""Scorer, solver and certificate against brute force: thousands of tiny cohorts, every matching of each looked at.

Coverage first, then the total. Ties, seats that are none or scarce, pairs that are forbidden or pinned, and cohorts
in which nobody is allowed to meet anybody are all among them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import candidates, solve
from services.matching.engine.cohort import match_cohort
from services.matching.engine.problem import pose
from services.matching.engine.settle import Outcome, settle
from services.matching.engine.verify import objections
from tests.unit.second_engine import SecondEngine
from tests.unit.second_people import World, a_world
from tests.unit.test_engine_second import Twice, read_twice
from tests.unit.test_engine_solve import Numbers

PEOPLE = 8
PINS = st.dictionaries(st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1), max_size=3)
Row = tuple[str, str, int]


def best_of_all(mentees: Iterable[str], seats: Mapping[str, int], pairs: Iterable[Row]) -> tuple[int, int]:
    """The most pairs, and the highest total score of that many, after a look at every matching."""
    open_to = {one: [(mentor, score) for mentee, mentor, score in pairs if mentee == one] for one in mentees}
    people, mentors = list(open_to), list(seats)

    @cache
    def best(at: int, free: tuple[int, ...]) -> tuple[int, int]:
        if at == len(people):
            return 0, 0
        reached = [best(at + 1, free)]
        for mentor, score in open_to[people[at]]:
            place = mentors.index(mentor)
            if free[place]:
                count, total = best(at + 1, (*free[:place], free[place] - 1, *free[place + 1 :]))
                reached.append((count + 1, total + score))
        return max(reached)

    return best(0, tuple(seats.values()))


@st.composite
def tiny(draw: st.DrawFn) -> Numbers:
    """Up to five mentees and four mentors; scores from a few values, so that many matchings are as good."""
    mentees = [f"a{at}" for at in range(draw(st.integers(0, 5)))]
    seats = {f"b{at}": draw(st.integers(0, 3)) for at in range(draw(st.integers(0, 4)))}
    values = draw(st.sampled_from([[0], [0, 1], [0, 1, 2, 3], [5, 10_000_000], [0, 3_333_333, 9_999_999, 10_000_000]]))
    cell = st.sampled_from([None, *values] if draw(st.booleans()) else values)
    pairs = [(a, b, score) for a in mentees for b in seats if (score := draw(cell)) is not None]
    return mentees, seats, pairs


@contextmanager
def solved_in_rounds() -> Iterator[None]:
    """As large cohorts are: with bids, and with few candidates that others join."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solve, "FEW", 0)
        patch.setattr(solve, "MANY", 0)
        patch.setattr(candidates, "BEST", 1)
        patch.setattr(candidates, "REVERSE", 1)
        yield


def settled(cohort: Numbers) -> Outcome:
    return settle(pose(*cohort), scale=1, policy_version=1)


@settings(max_examples=2000, deadline=None)
@given(cohort=tiny())
def test_no_matching_of_a_tiny_cohort_is_better_and_the_proof_says_so(cohort: Numbers):
    outcome = settled(cohort)
    told = outcome.certificate
    assert (told.matched, told.score) == best_of_all(*cohort)
    assert (told.matched_bound, told.score_bound, told.gap_ppm) == (told.matched, told.score, 0)
    assert objections(outcome.claim()) == []


@settings(max_examples=400, deadline=None)
@given(cohort=tiny())
def test_bids_and_candidates_end_with_the_same_pairs_and_prices(cohort: Numbers):
    outcome = settled(cohort)
    with solved_in_rounds():
        again = settled(cohort)
    assert (again.pairs(), again.prices(), again.utilities()) == (
        outcome.pairs(),
        outcome.prices(),
        outcome.utilities(),
    )


@settings(max_examples=200, deadline=None)
@given(cohort=tiny())
def test_a_forced_pair_never_costs_less_than_its_prices_say(cohort: Numbers):
    mentees, seats, pairs = cohort
    outcome = settled(cohort)
    bonus, utility = outcome.certificate.coverage_bonus, dict(outcome.utilities())
    price = {mentor: cost for mentor, _, _, cost in outcome.prices()}
    best = outcome.certificate.matched * bonus + outcome.certificate.score
    for mentee, mentor, score in pairs:
        if seats[mentor]:
            others = [row for row in pairs if row[0] != mentee]
            count, total = best_of_all(set(mentees) - {mentee}, seats | {mentor: seats[mentor] - 1}, others)
            forced = (count + 1) * bonus + total + score
            assert best - forced >= utility[mentee] + price[mentor] - bonus - score >= 0


def friendlier(world: World) -> World:
    """The same people, most of whom may meet."""
    profiles = [
        one.model_copy(update={"roles": ("mentee", "mentor"), "languages": (*one.languages, "en")})
        for one in world.profiles
    ]
    rules = world.policy.rules.model_copy(update={"min_score": 0, "min_completeness": 0.2})
    few = {name: frozenset(sorted(getattr(world, name))[:2]) for name in ("forbidden", "refused", "tried")}
    return world._replace(policy=world.policy.model_copy(update={"rules": rules}), profiles=profiles, **few)


def kept_pins(pins: Mapping[str, str], twice: Twice, second: SecondEngine) -> dict[str, str]:
    """Those that no rule forbids, of mentors who are not pinned more often than they have seats."""
    ones, often = {one.id: one for one in twice.ones}, Counter(pins.values())
    return {
        mentee: mentor
        for mentee, mentor in pins.items()
        if second.broken(ones[mentee], ones[mentor]) is None and often[mentor] <= second.seats[mentor]
    }


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), strict=st.booleans(), pins=PINS)
def test_a_cohort_of_people_gets_the_best_that_rules_pins_and_seats_leave(
    seed: int, strict: bool, pins: dict[int, int]
):
    twice = read_twice(a_world(seed, PEOPLE) if strict else friendlier(a_world(seed, PEOPLE)))
    world, second, ids = twice.world, twice.second, [one.id for one in twice.ones]
    pinned = {ids[mentee]: ids[mentor] for mentee, mentor in pins.items()}
    around = {name: getattr(twice.frame, name) for name in ("forbidden", "refused", "tried", "preferences", "meaning")}
    result = match_cohort(*(twice.people, world.seats, world.policy), policy_version=1, pinned=pinned.items(), **around)
    kept = kept_pins(pinned, twice, second)
    assert {one.mentee_id: one.mentor_id for one in result.pinned} == kept
    seeking = [
        one for one in twice.ones if "mentee" in one.profile.roles and second.joins(one) and one.id not in pinned
    ]
    left = {mentor: free - Counter(kept.values())[mentor] for mentor, free in world.seats.items()}
    score = {(a.id, b.id): second.score(a, b) for a in seeking for b in twice.ones if second.broken(a, b) is None}
    best = best_of_all([one.id for one in seeking], left, [(*pair, points) for pair, points in score.items()])
    assert (len(result.pairs), sum(one.score.points for one in result.pairs)) == best
    assert all(score[one.mentee_id, one.mentor_id] == one.score.points for one in result.pairs)
    matched = {one.mentee_id for one in (*result.pairs, *result.pinned)}
    assert {one.mentee_id for one in result.unmatched} == {one.id for one in seeking} - matched | pinned.keys() - kept
