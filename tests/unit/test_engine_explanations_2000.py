"""A run of 2 000 people explained: every pair adds up, and what "why not" says holds when the pair is forced."""

import random
from dataclasses import dataclass

import numpy as np
import pytest

from services.matching.engine.candidates import by_candidates
from services.matching.engine.cohort import CohortResult, Matched, match_cohort
from services.matching.engine.digest import digested, inputs_sha256
from services.matching.engine.frame import Frame, frame_of
from services.matching.engine.hours import shared_minutes
from services.matching.engine.people import Person
from services.matching.engine.problem import Problem
from services.matching.engine.reasons import reasons
from services.matching.engine.rules import SENTENCES, broken_rule
from services.matching.engine.score import score
from services.matching.engine.shortlist import WhyNot, why_not
from services.matching.engine.solve import _prove
from services.matching.engine.survey import survey
from tests.bench.matching.instance import company, even_seats

PEOPLE, SEED = 2_000, 41
SAMPLED = {1.1: 150, 0.9: 50}
"""Seats for each mentee → pairs that did not come to be: half of them would have scored better."""


@dataclass(frozen=True)
class Run:
    """A cohort, its result, and all its allowed pairs in numbers."""

    result: CohortResult
    people: dict[str, Person]
    frame: Frame
    problem: Problem
    sampled: int

    @property
    def value(self) -> int:
        told = self.result.certificate
        return told.matched * told.coverage_bonus + told.score


@pytest.fixture(scope="module", params=SAMPLED, ids=["seats for all", "seats are scarce"])
def spring(request) -> Run:
    """The mentees and mentors among the 2 000 people of the demo's company, by its default policy."""
    mentees, mentors, asked = company(PEOPLE, SEED)
    people = {person.id: person for person in (*mentees, *mentors)}
    free = even_seats(len(mentees), len(mentors), request.param).tolist()
    seats = {mentor.id: count for mentor, count in zip(mentors, free, strict=True)}
    result = match_cohort(list(people.values()), seats, asked.policy, policy_version=1)
    frame = frame_of(asked.policy, people.values())
    offering = [mentor for mentor in mentors if seats[mentor.id]]
    problem = survey(mentees, offering, frame).problem(mentees, offering, [seats[one.id] for one in offering])
    digest = inputs_sha256(problem, problem.passed(digested), scale=10_000_000, policy_version=1)
    assert digest == result.certificate.inputs_sha256
    return Run(result, people, frame, problem, SAMPLED[request.param])


def test_every_pair_adds_up_to_its_score_and_every_word_to_both_sides_is_true(spring):
    assert len(spring.result.pairs) > 1_000
    for pair in spring.result.pairs:
        mentee, mentor = spring.people[pair.mentee_id], spring.people[pair.mentor_id]
        assert pair.score == score(mentee, mentor, spring.frame)
        assert sum(pair.score.parts.values()) == pair.score.points, pair
        assert broken_rule(mentee, mentor, spring.frame) is None
        assert pair.reasons == reasons(pair.score, mentee, mentor, spring.frame)
        for side in ("mentee", "mentor"):
            assert list(untrue(pair, mentee, mentor, spring.frame, side)) == [], pair
    assert sum(pair.score.points for pair in spring.result.pairs) == spring.result.certificate.score


def untrue(pair: Matched, mentee: Person, mentor: Person, frame: Frame, side: str):
    """What is wrong with the sentences that one of the two reads."""
    told = reasons(pair.score, mentee, mentor, frame, told_to=side)
    shares = [pair.score.parts.get(reason.part) for reason in told]
    if not 1 <= len(told) <= 4 or len({reason.part for reason in told}) < len(told):
        yield f"{len(told)} sentences"
    if None in shares or shares != sorted(shares, reverse=True):
        yield f"parts that are not in the score, or not the weightiest first: {shares}"
    for reason in told:
        if not all(holds(reason.part, fact, mentee, mentor, frame) for fact in reason.facts):
            yield reason.text


def holds(part: str, fact: str, mentee: Person, mentor: Person, frame: Frame) -> bool:
    """Whether what a sentence names is so, read off the two people."""
    asks = {
        "need": lambda: fact in mentee.wants and fact in mentor.teaches,
        "goals": lambda: fact in {*mentee.aim_words.values(), *mentor.aim_words.values()},
        "style": lambda: abs(mentee.style[fact] - mentor.style[fact]) <= 1,
        "hours": lambda: float(fact) * 60 <= shared_minutes(mentee.hours, mentor.hours, frame.week_of),
        "language": lambda: fact in mentee.languages and fact in mentor.languages,
        "seniority": lambda: mentor.level - mentee.level == int(fact),
    }
    return asks[part]()


def test_why_not_names_a_rule_that_holds_or_a_loss_that_forcing_the_pair_never_beats(spring):
    allowed = set(zip(spring.problem.mentee.tolist(), spring.problem.mentor.tolist(), strict=True))
    sampled, ruled_out, dearer = sample(spring), 0, 0
    assert len(sampled) == spring.sampled
    for mentee, mentor in sampled:
        answer = asked(spring, mentee, mentor)
        if (mentee, mentor) not in allowed:
            ruled_out += 1
            assert answer.text == SENTENCES[answer.rule]
            continue
        lost = spring.value - forced(spring.problem, mentee, mentor)
        assert (answer.rule, lost >= answer.loss >= 0) == (None, True), (mentee, mentor, lost, answer)
        dearer += lost > 0
    assert ruled_out > spring.sampled // 20, "rules were asked"
    assert dearer > spring.sampled // 2, "bounds were tried"


def sample(spring: Run) -> list[tuple[int, int]]:
    """Pairs that did not come to be, as places in the problem: half would have scored better, half are any others."""
    luck, problem = random.Random(SEED), spring.problem
    mentor_at = {mentor: at for at, mentor in enumerate(problem.mentors)}
    mate = {pair.mentee_id: mentor_at[pair.mentor_id] for pair in spring.result.pairs}
    mates = np.array([mate.get(mentee, -1) for mentee in problem.mentees])
    own = np.full(len(mates), -1)
    chosen = mates[problem.mentee] == problem.mentor
    own[problem.mentee[chosen]] = problem.score[chosen]
    better = np.flatnonzero(problem.score > own[problem.mentee]).tolist()
    pairs = {(int(problem.mentee[at]), int(problem.mentor[at])) for at in luck.sample(better, spring.sampled // 2)}
    while len(pairs) < spring.sampled:
        mentee, mentor = luck.randrange(len(mates)), luck.randrange(len(mentor_at))
        if mates[mentee] != mentor:
            pairs.add((mentee, mentor))
    return sorted(pairs)


def asked(spring: Run, mentee: int, mentor: int) -> WhyNot:
    """What is told of a pair, by the numbers of the run."""
    mentee_id, price = spring.problem.mentees[mentee], spring.result.prices[mentor]
    assert price.mentor_id == spring.problem.mentors[mentor]
    return why_not(
        spring.people[mentee_id],
        spring.people[price.mentor_id],
        spring.frame,
        utility=spring.result.utilities[mentee_id],
        price=price.price,
        coverage_bonus=spring.result.certificate.coverage_bonus,
    )


def forced(problem: Problem, mentee: int, mentor: int) -> int:
    """What the best matching with this pair is worth: the pair is taken out with its seat, all others solved anew.

    The bonus stays that of the whole problem, so that both can be compared. The proof of the rest is its value.
    """
    [pair] = np.flatnonzero((problem.mentee == mentee) & (problem.mentor == mentor))
    rest = problem.mentee != mentee
    seats = problem.seats.copy()
    seats[mentor] -= 1
    columns = (column[rest] for column in (problem.mentee, problem.mentor, problem.score))
    others = Problem(problem.mentees, problem.mentors, seats, *columns)
    dual = by_candidates(others, _prove).dual
    matched, points = divmod(dual.bound(others), others.coverage_bonus)
    return (matched + 1) * problem.coverage_bonus + points + int(problem.score[pair])
