"""A whole cohort, and one mentee's questions: what the service calls."""

import pickle
import random
from dataclasses import replace
from typing import Any

import pytest

from chassis.errors import Invalid
from contracts.matching import Policy, Rules
from services.matching.engine.cohort import CohortResult, match_cohort
from services.matching.engine.frame import frame_of
from services.matching.engine.people import Person
from services.matching.engine.report import Floor
from services.matching.engine.rules import SENTENCES, Rule, broken_rule
from services.matching.engine.score import score
from services.matching.engine.shortlist import shortlist, why_not
from services.matching.progress import PHASES
from tests.unit.test_engine_rules import a_mentee, a_mentor

POLICY = Policy(name="spring", starts_on="2027-01-11", rules=Rules(reporting_line_depth=2))


def a_company(seed: int = 1, mentees: int = 12, mentors: int = 8) -> list[Person]:
    luck = random.Random(seed)

    def said() -> dict[str, Any]:
        return {
            "level": luck.randint(1, 12),
            "team": luck.choice(["red", "blue", "green"]),
            "languages": luck.sample(["en", "de", "fr"], 2),
            "manager_id": f"b{luck.randint(0, 9)}",
            "skills": [
                {"skill": skill, "level": luck.randint(1, 5), "teach": True} for skill in luck.sample("abcd", 2)
            ],
            "wants": [{"skill": skill, "level": luck.randint(1, 4)} for skill in luck.sample("abcd", 2)],
            "style": {"pace": luck.randint(1, 5)},
        }

    return [a_mentee(f"a{at:02}", **said()) for at in range(mentees)] + [
        a_mentor(f"b{at}", **said()) for at in range(mentors)
    ]


def seats(free: int = 1) -> dict[str, int]:
    return {f"b{at}": free for at in range(8)}


def test_a_cohort_is_matched_within_the_rules_and_the_seats():
    people = a_company()
    result = match_cohort(people, seats(), POLICY, policy_version=3)
    frame, by_id = frame_of(POLICY, people), {person.id: person for person in people}
    for pair in result.pairs:
        mentee, mentor = by_id[pair.mentee_id], by_id[pair.mentor_id]
        assert broken_rule(mentee, mentor, frame, 1) is None
        assert pair.score == score(mentee, mentor, frame)
        assert 2 <= len(pair.reasons) <= 4
    told = result.certificate
    assert (told.mentees, told.mentors, told.seats, told.policy_version) == (12, 8, 8, 3)
    assert told.matched == told.matched_bound == len(result.pairs) == 8
    assert told.score == told.score_bound == sum(pair.score.points for pair in result.pairs)
    assert len({pair.mentor_id for pair in result.pairs}) == 8


def test_the_order_of_people_seats_and_facts_changes_nothing():
    people, luck = a_company(), random.Random(7)
    tried = [("a00", "b1"), ("a03", "b2")]
    first = match_cohort(people, seats(), POLICY, policy_version=1, tried=tried)
    for _ in range(5):
        mixed = luck.sample(people, len(people))
        free = dict(luck.sample(list(seats().items()), 8))
        again = match_cohort(mixed, free, POLICY, policy_version=1, tried=tried[::-1])
        same = replace(again.certificate, seconds=first.certificate.seconds, peak_bytes=first.certificate.peak_bytes)
        assert replace(again, certificate=same) == first


def test_a_result_travels_between_processes():
    result = match_cohort(a_company(), seats(), POLICY, policy_version=1)
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301


def test_who_is_left_over_learns_why():
    people = [*a_company(), a_mentee("lonely", languages=("ja",))]
    reasons = {
        one.mentee_id: (one.rule, one.text) for one in match_cohort(people, seats(), POLICY, policy_version=1).unmatched
    }
    assert reasons["lonely"] == ("language", f"No mentor may be proposed; for 8 of 8: {SENTENCES[Rule.LANGUAGE]}")
    assert {rule for rule, _ in reasons.values()} == {"language", "seats-taken"}
    nobody = match_cohort(people, {}, POLICY, policy_version=1)
    assert {one.rule for one in nobody.unmatched} == {"no-mentors"}
    assert (nobody.certificate.matched, nobody.certificate.allowed_pairs) == (0, 0)


def test_a_refused_mentor_is_never_paired_and_nobody_reads_from_the_result_who_was_refused():
    people = a_company()
    free = match_cohort(people, seats(), POLICY, policy_version=1)
    [first, *_] = free.pairs
    for refused in ([(first.mentee_id, first.mentor_id)], [(first.mentee_id, f"b{at}") for at in range(8)]):
        result = match_cohort(people, seats(), POLICY, policy_version=1, refused=refused)
        assert not {(pair.mentee_id, pair.mentor_id) for pair in result.pairs} & set(refused)
        assert result.certificate.matched == result.certificate.matched_bound
        assert result.certificate.inputs_sha256 != free.certificate.inputs_sha256
    told = {one.mentee_id: one for one in result.unmatched}[first.mentee_id]
    assert told.rule != Rule.REFUSED
    assert "refused" not in told.text


def test_a_wish_is_an_input_of_the_run_and_decides_between_equal_mentors():
    people = [a_mentee("a1"), a_mentee("a2"), a_mentor("b1"), a_mentor("b2")]

    def matched(**chosen: Any) -> CohortResult:
        return match_cohort(people, {"b1": 1, "b2": 1}, POLICY, policy_version=1, **chosen)

    digests = {matched().certificate.inputs_sha256}
    for mentor in ("b1", "b2"):
        result, again = (matched(preferences={("a1", mentor): 1.0}) for _ in range(2))
        assert ("a1", mentor) in {(pair.mentee_id, pair.mentor_id) for pair in result.pairs}
        assert (result.pairs, result.certificate.inputs_sha256) == (again.pairs, again.certificate.inputs_sha256)
        digests.add(result.certificate.inputs_sha256)
    assert len(digests) == 3


def test_a_floor_that_cannot_be_met_says_what_is_possible():
    people = a_company()
    free = match_cohort(people, seats(), POLICY, policy_version=1)
    assert free.report.floor is None
    frame, by_id = frame_of(POLICY, people), {person.id: person for person in people}
    best = {
        one.id: max(score(one, by_id[b], frame).points for b in seats() if not broken_rule(one, by_id[b], frame))
        for one in people[:12]
    }
    highest = max(best.values())
    rules = POLICY.rules.model_copy(update={"min_score": highest + 1})
    none = match_cohort(people, seats(), POLICY.model_copy(update={"rules": rules}), policy_version=1)
    assert none.report.floor == Floor(highest + 1, left_out=12, highest=highest)
    assert (none.certificate.matched_bound, none.certificate.allowed_pairs) == (0, 0)
    assert {one.mentee_id: one.text for one in none.unmatched} == {
        mentee: f"Every mentor scores below the program's floor of {highest + 1}; the best that is possible is {top}."
        for mentee, top in best.items()
    }


def test_a_floor_holds_for_every_pair_and_everybody_who_reaches_it_is_still_matched():
    rules = POLICY.rules.model_copy(update={"min_score": 6_000_000})
    result = match_cohort(a_company(), seats(), POLICY.model_copy(update={"rules": rules}), policy_version=1)
    assert result.pairs
    assert all(pair.score.points >= 6_000_000 for pair in result.pairs)
    assert result.certificate.min_score == 6_000_000


def test_only_those_who_look_for_a_mentor_are_matched():
    result = match_cohort(a_company(), seats(), POLICY, policy_version=1, mentees=["a01", "a02"])
    assert [pair.mentee_id for pair in result.pairs] == ["a01", "a02"]
    with pytest.raises(Invalid, match="nobody has the id ghost"):
        match_cohort(a_company(), seats(), POLICY, policy_version=1, mentees=["ghost"])
    with pytest.raises(Invalid, match="twice"):
        match_cohort([*a_company(), a_mentee("a00")], seats(), POLICY, policy_version=1)


def test_somebody_may_be_mentee_and_mentor_but_never_their_own():
    both = a_mentor("both", roles=("mentee", "mentor"), wants=({"skill": "team leadership", "level": 2},))
    result = match_cohort([both, a_mentee()], {"both": 1}, POLICY, policy_version=1)
    assert [(pair.mentee_id, pair.mentor_id) for pair in result.pairs] == [("anna", "both")]
    assert result.unmatched[0].mentee_id == "both"


def test_progress_is_told():
    heard: list[tuple[str, float]] = []
    match_cohort(a_company(), seats(), POLICY, policy_version=1, progress=lambda *told: heard.append(told))
    assert [phase for phase, _ in heard] == list(PHASES[1:])


def test_a_pin_costs_at_least_what_the_prices_say_and_leaves_the_best_of_the_rest():
    people, by_id = a_company(3), {person.id: person for person in a_company(3)}
    free, frame = seats(2), frame_of(POLICY, people)
    best = match_cohort(people, free, POLICY, policy_version=1)
    bonus, price = best.certificate.coverage_bonus, {one.mentor_id: one.price for one in best.prices}
    forced = 0
    for mentee, mentor in ((f"a{at:02}", f"b{other}") for at in range(12) for other in range(8)):
        pinned = match_cohort(people, free, POLICY, policy_version=1, pinned=[(mentee, mentor)])
        if broken_rule(by_id[mentee], by_id[mentor], frame):
            assert not pinned.pinned
            assert [one.rule for one in pinned.unmatched if one.mentee_id == mentee] == ["pinned"]
            continue
        forced += 1
        [kept] = pinned.pinned
        worth = (len(pinned.pairs) + 1) * bonus + sum(one.score.points for one in (*pinned.pairs, kept))
        best_worth = best.certificate.matched * bonus + best.certificate.score
        assert best_worth - worth >= best.utilities[mentee] + price[mentor] - bonus - kept.score.points >= 0
    assert forced > 20


def test_a_pin_takes_a_seat_and_more_pins_than_seats_are_all_refused():
    people = [a_mentee(f"a{at}", team=f"{at}") for at in range(3)] + [a_mentor("b")]
    two = match_cohort(people, {"b": 2}, POLICY, policy_version=1, pinned=[("a0", "b"), ("a1", "b")])
    assert [one.mentee_id for one in two.pinned] == ["a0", "a1"]
    assert [(one.mentee_id, one.rule) for one in two.unmatched] == [("a2", "no-mentors")]
    one = match_cohort(people, {"b": 1}, POLICY, policy_version=1, pinned=[("a0", "b"), ("a1", "b")])
    assert not one.pinned
    assert [each.mentee_id for each in one.pairs] == ["a2"]
    assert {each.text for each in one.unmatched} == {"Pinned to b. Only 1 seat is free for a0, a1."}


def test_a_shortlist_holds_the_best_allowed_mentors():
    people = a_company()
    frame, mentee, mentors = frame_of(POLICY, people), people[0], people[12:]
    allowed = [one for one in mentors if broken_rule(mentee, one, frame) is None and one.id != "b3"]
    found = shortlist(mentee, mentors, frame, seats() | {"b3": 0}, limit=3)
    points = [candidate.score.points for candidate in found]
    assert points == sorted((score(mentee, one, frame).points for one in allowed), reverse=True)[:3]
    assert all(candidate.reasons for candidate in found)
    assert shortlist(mentee, mentors[::-1], frame, seats() | {"b3": 0}, limit=3) == found


def test_a_shortlist_keeps_dear_seats_for_whom_they_help_most():
    people = a_company()
    frame, mentee, mentors = frame_of(POLICY, people), people[0], people[12:]
    first, second = shortlist(mentee, mentors, frame, seats(), limit=2)
    dear = {first.mentor_id: first.score.points - second.score.points + 1}
    assert shortlist(mentee, mentors, frame, seats(), prices=dear, limit=1)[0].mentor_id == second.mentor_id


def test_why_not_names_the_rule_or_a_bound_that_a_forced_pair_never_beats():
    people = a_company()
    result, frame = match_cohort(people, seats(), POLICY, policy_version=1), frame_of(POLICY, people)
    bonus, mates = result.certificate.coverage_bonus, {pair.mentee_id: pair.mentor_id for pair in result.pairs}
    price = {one.mentor_id: one.price for one in result.prices}
    value = result.certificate.matched * bonus + result.certificate.score
    for mentee in people[:12]:
        others = [person.id for person in people[12:]]
        for mentor in people[12:]:
            answer = why_not(
                mentee,
                mentor,
                frame,
                utility=result.utilities[mentee.id],
                price=price[mentor.id],
                coverage_bonus=bonus,
            )
            assert answer.text.endswith(".")
            if answer.rule is None and mates.get(mentee.id) != mentor.id:
                forbidden = [(mentee.id, other) for other in others if other != mentor.id] + [
                    (other.id, mentor.id) for other in people[:12] if other != mentee
                ]
                forced = match_cohort(people, seats(), POLICY, policy_version=1, forbidden=forbidden).certificate
                assert value - (forced.matched * bonus + forced.score) >= answer.loss >= 0
