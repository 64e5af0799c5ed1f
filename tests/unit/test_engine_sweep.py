"""The compiled sweep, held against the readable rules and scores: the same pairs, points and reasons."""

import random
from collections import Counter

import pytest

from services.matching.engine import survey as surveying
from services.matching.engine.frame import Frame, frame_of
from services.matching.engine.people import Person
from services.matching.engine.rules import Rule, broken_rule, in_program
from services.matching.engine.score import points
from services.matching.engine.survey import looked, survey
from services.matching.engine.sweeping import swept
from services.matching.engine.terms import terms
from tests.unit.test_engine_rules import a_frame

HOURS = (
    (("Mon-Fri 09:00-17:00",), "Europe/Berlin"),
    (("Mon-Fri 09:00-17:00",), "America/New_York"),
    (("Sun-Thu 08:00-16:00",), "Asia/Dubai"),
    (("Mon-Thu 07:30-12:00", "Fri 22:00-23:59"), "Asia/Kolkata"),
)
STEMS = ("lead", "grow", "write", "build", "sell", "plan", "teach")
SKILLS = ("python", "sql", "negotiation", "coaching")
TONGUES = (("en",), ("de", "en"), ("fr",), ("hi", "en", "de", "fr"), ("pt",))


def somebody(luck: random.Random, number: int, *, among: int) -> Person:
    """Anybody: many say little, some nothing at all."""
    others = [f"p{luck.randrange(among):03d}" for _ in range(3)]
    aims = frozenset(luck.sample(STEMS, luck.choice([0, 0, 1, 3])))
    return Person(
        id=f"p{number:03d}",
        roles=frozenset(luck.choice([("mentee",), ("mentor",), ("mentee", "mentor"), ()])),
        level=luck.choice([None, 1, 4, 5, 6, 7, 15]),
        team=luck.choice([None, "red", "blue"]),
        function=luck.choice([None, "sales", "engineering"]),
        manager_id=luck.choice([None, *others]),
        languages=luck.choice(TONGUES),
        hours=luck.choice(HOURS),
        wants={skill: luck.randint(1, 5) for skill in luck.sample(SKILLS, luck.choice([0, 1, 3]))},
        teaches={skill: (luck.randint(1, 5), luck.choice([60, 80, 90, 100])) for skill in luck.sample(SKILLS, 2)},
        aims=aims,
        aim_words={stem: stem for stem in aims},
        words=aims | frozenset(luck.sample(STEMS, luck.choice([0, 2]))),
        style={question: luck.randint(1, 5) for question in luck.sample(("pace", "structure", "distance"), 2)},
        avoid=frozenset(luck.sample(others, luck.choice([0, 0, 1]))),
    )


def a_question(seed: int) -> tuple[list[Person], Frame]:
    """Sixty people and a policy; every option of the policy is on for some seeds."""
    luck = random.Random(seed)
    people = [somebody(luck, number, among=60) for number in range(60)]
    ids = [person.id for person in people]
    policy = a_frame().policy
    rules = policy.rules.model_copy(
        update={
            "same_team": luck.random() < 0.3,
            "reporting_line_depth": luck.choice([1, 3]),
            "min_overlap_hours": luck.choice([0, 2]),
            "min_completeness": luck.choice([0.0, 0.4, 0.8]),
            "min_score": (0, 2_500_000, 4_000_000)[seed % 3],
        }
    )
    functions = luck.choice([(), ("engineering", "sales")])
    pairs = [(luck.choice(ids), luck.choice(ids)) for _ in range(200)]
    return people, frame_of(
        policy.model_copy(update={"rules": rules, "functions": functions}),
        people,
        forbidden=pairs[:30],
        tried=pairs[30:60],
        refused=pairs[20:50],
        preferences={pair: luck.choice([0.0, 0.3, 1.0]) for pair in pairs[60:90]} if luck.random() < 0.5 else {},
        meaning={one: [luck.randint(-40, 80) for _ in range(8)] for one in ids[::2]} if luck.random() < 0.5 else {},
    )


@pytest.mark.parametrize("seed", range(12))
def test_every_pair_has_the_points_and_every_lonely_mentee_the_rules_of_the_reference(seed):
    people, frame = a_question(seed)
    look = swept(people, people, frame)
    allowed_at_all = 0
    for at, mentee in enumerate(people):
        rules = [broken_rule(mentee, mentor, frame) for mentor in people]
        seen, read = look(at), looked(people, people, frame, at)
        assert seen.allowed.tolist() == [index for index, rule in enumerate(rules) if rule is None]
        assert seen.scores.tolist() == [points(terms(mentee, people[index], frame), frame) for index in seen.allowed]
        assert seen.broken == (None if len(seen.allowed) else Counter(rules))
        assert seen.below == read.below
        allowed_at_all += len(seen.allowed)
    assert allowed_at_all > 20


def test_a_cohort_is_surveyed_alike_in_both_ways(monkeypatch):
    lonely: Counter[Rule] = Counter()
    for seed in range(12):
        people, frame = a_question(seed)
        mentees = [person for person in people if "mentee" in person.roles and in_program(person, frame)]
        mentors = [person for person in people if "mentor" in person.roles and in_program(person, frame)][:12]
        read = survey(mentees, mentors, frame)
        with monkeypatch.context() as patch:
            patch.setattr(surveying, "MANY", 0)
            assert survey(mentees, mentors, frame) == read, seed
        lonely += sum(read.broken.values(), Counter())
    assert lonely.keys() >= {
        Rule.LANGUAGE,
        Rule.SAME_TEAM,
        Rule.REPORTING_LINE,
        Rule.OVERLAP,
        Rule.COMPLETENESS,
        Rule.BELOW_FLOOR,
    }
