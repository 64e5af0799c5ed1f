"""Groups that people opted into: told truly, never about a few, and without any weight in the matching."""

import random
from dataclasses import replace

import numpy as np
import pytest

from services.matching.engine import groups as grouping
from services.matching.engine.cohort import match_cohort
from tests.unit.test_engine_cohort import POLICY, a_company, seats

NOBODY: tuple[str, ...] = ()


def sized(**ranges: range) -> list[tuple[str, np.ndarray]]:
    return [(name, np.array(who, np.int64)) for name, who in ranges.items()]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (sized(a=range(30), b=range(30, 36)), {"a", "b"}),
        (sized(a=range(30), b=range(30, 34)), NOBODY),
        (sized(a=range(30), b=range(30, 50), c=range(50, 53)), {"a"}),
        (sized(a=range(30), b=range(30, 34), c=range(34, 38)), {"a"}),
        (sized(a=range(30), b=range(28, 36)), {"a", "b"}),
        (sized(a=range(30), b=range(4)), {"a"}),
        (sized(a=range(4)), NOBODY),
        ([], NOBODY),
    ],
)
def test_nothing_is_told_about_fewer_than_five(found, told):
    assert {name for name, _ in grouping.large_enough(found)} == set(told)


def test_groups_are_told_with_coverage_mean_score_and_what_they_could_reach_alone():
    people = a_company(2, mentees=24, mentors=8)
    groups = {"odd": [f"a{at:02}" for at in range(1, 24, 2)], "first": [f"a{at:02}" for at in range(8)]}
    result = match_cohort(people, seats(1), POLICY, policy_version=1, groups=groups)
    assert [(each.by, each.name) for each in result.report.groups] == [("group", "first"), ("group", "odd")]
    for each in result.report.groups:
        own = [pair.score.points for pair in result.pairs if pair.mentee_id in groups[each.name]]
        assert (each.mentees, each.matched) == (len(groups[each.name]), len(own))
        assert each.mean_score == sum(own) // len(own)
        alone = match_cohort(people, seats(1), POLICY, policy_version=1, mentees=groups[each.name])
        assert each.entitled == alone.certificate.matched


def test_who_is_in_which_group_moves_nothing():
    people, luck = a_company(4, mentees=24), random.Random(4)
    ids = [person.id for person in people[:24]]
    plain = match_cohort(people, seats(2), POLICY, policy_version=1)
    seen = set()
    for _ in range(5):
        mixed = luck.sample(ids, 24)
        groups = {"one": mixed[:9], "two": mixed[9:18], "both": mixed[4:14]}
        again = match_cohort(people, seats(2), POLICY, policy_version=1, groups=groups)
        seen.add(again.report.groups)
        told = replace(plain.certificate, seconds=again.certificate.seconds, peak_bytes=again.certificate.peak_bytes)
        assert replace(again, report=replace(again.report, groups=())) == replace(plain, certificate=told)
    assert len(seen) > 1
