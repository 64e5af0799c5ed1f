"""Made-up people and programs for the second engine: every rule is broken by some, and every edge is walked on."""

import random
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from contracts.profiles import ProfileUpdated
from contracts.programs import Policy, Rules, Weights

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo")
SPANS = (
    (),
    ("Mon-Fri 09:00-17:00",),
    ("Mon-Fri 08:30-12:00", "Mon-Thu 12:45-17:07"),
    ("Sun-Thu 08:00-16:00",),
    ("Sat-Mon 00:00-24:00", "Sun 01:30-03:15"),
    ("Fri-Mon 22:00-24:00", "Sat-Tue 00:00-06:00"),
    ("Sun 01:30-02:30",),
    ("Sun 00:15-03:00", "Wed 10:00-10:31"),
)
STARTS = (date(2027, 1, 13), date(2027, 3, 28), date(2027, 3, 8), date(2026, 10, 25), date(2026, 11, 1))
"""A quiet week, and weeks in which clocks go forward or back in one of the zones, or in two."""
SKILLS = (
    *("Python", "python (programming language)", "programming", "Programmieren", "SQL", "negotiation", "negotation"),
    *("Verhandlungsfuehrung", "Verhandlungsführung", "Public-Speaking", "public  SPEAKING", "team leadership"),
    *("leadership", "Führen", "juggling", "Juggling ", "C++", "C", "Java", "R & D", "project mangement", "-_", "İzci"),
    *(
        "stimulation",
        "ﬁnance",
        "\uff30ython",
        "data analysis (advanced)",
        "data anaylsis",
        "Programmiersprache",
        "Straße_kehren",
    ),
)
TEXTS = (
    *("", "Lead a team of my own", "Führung im Team übernehmen", "speak in public; C++ and C#", "become an engineer!"),
    *("the and of", "İstanbul Ünlü", "team_lead 2 B", "Programmieren und Verhandeln", "Ⅳ ﬁnancial planning"),
)
TAGS = ("en", "de", "fr-CA", "EN-gb", "pt_BR", "hi", "de-AT", "tr")
STYLE = ("pace", "structure", "distance", "feedback")


class World(NamedTuple):
    """All that a pair is judged by, as raw as the services have it."""

    policy: Policy
    profiles: list[ProfileUpdated]
    seats: dict[str, int]
    forbidden: frozenset[tuple[str, str]]
    refused: frozenset[tuple[str, str]]
    tried: frozenset[tuple[str, str]]
    stated: dict[str, dict[str, float]]
    vectors: dict[str, list[int]]


def a_world(seed: int, people: int) -> World:
    """The same seed gives the same world."""
    luck = random.Random(seed)
    ids = [f"p{number:02d}" for number in range(people)]
    pairs = [(mentee, mentor) for mentee in ids for mentor in ids if luck.random() < 0.15]
    luck.shuffle(pairs)
    third = len(pairs) // 3
    return World(
        policy=a_policy(luck, seed),
        profiles=[a_profile(luck, person, ids) for person in ids],
        seats={person: luck.choice([0, 1, 1, 1, 2, 3]) for person in ids},
        forbidden=frozenset(pairs[:third]),
        refused=frozenset(pairs[third - 9 : 2 * third]),
        tried=frozenset(pairs[2 * third - 9 :]),
        stated={who: wishes(luck, ids) for who in ids if luck.random() < 0.4} if seed % 2 else {},
        vectors={who: a_vector(luck) for who in ids if luck.random() < 0.6} if seed % 3 else {},
    )


def a_policy(luck: random.Random, seed: int) -> Policy:
    weights = [luck.choice([0, 1, 2, 5]) for _ in Weights.model_fields]
    shares = {part: weight / (sum(weights) or 1) for part, weight in zip(Weights.model_fields, weights, strict=True)}
    low = luck.randint(-2, 3)
    rules = Rules(
        reporting_line_depth=luck.choice([0, 1, 2, 3, 50]),
        same_team=luck.random() < 0.3,
        min_overlap_hours=luck.choice([0, 0.5, 1.005, 1.0083, 2]),
        min_completeness=luck.choice([0, 0.4, 0.6, 1 / 3]),
        seniority_gap=(low, low + luck.randint(0, 3)),
        min_score=luck.choice([0, 2_000_000, 4_500_000]),
    )
    functions = ("Engineering", " sales ", "STRASSE") if seed % 4 == 0 else ()
    weighed = Weights(**shares) if seed % 2 and sum(weights) else Weights()
    return Policy(name="p", starts_on=STARTS[seed % len(STARTS)], functions=functions, rules=rules, weights=weighed)


def a_profile(luck: random.Random, person: str, ids: Sequence[str]) -> ProfileUpdated:
    """Anybody; one in eight said nothing but what is required."""
    required: dict[str, Any] = {
        "person_id": person,
        "roles": luck.choice([("mentee",), ("mentor",), ("mentee", "mentor"), ("mentee", "mentor"), ()]),
        "mentor_seats": 1,
        "time_zone": luck.choice(ZONES) if luck.random() < 0.4 else ZONES[0],
        "languages": luck.sample(TAGS, luck.randint(1, 5)),
        "working_hours": luck.choice(SPANS) if luck.random() < 0.5 else SPANS[1],
    }
    return ProfileUpdated.model_validate(required | (said(luck, ids) if luck.randrange(8) else {}))


def said(luck: random.Random, ids: Sequence[str]) -> dict[str, Any]:
    return {
        "level": luck.choice([None, 1, 4, 5, 6, 7, 9, 15]),
        "team": luck.choice([None, "", "red", "Red ", "blue", "STRASSE", "Straße"]),
        "function": luck.choice([None, " ", "sales", "engineering", "Engineering ", "straße", "legal"]),
        "manager_id": luck.choice([None, "nobody-known", *luck.sample(ids, 4)]),
        "skills": [a_skill(luck) for _ in range(luck.choice([0, 2, 6, 12]))],
        "wants": [
            {"skill": luck.choice(SKILLS), "level": luck.randint(1, 5)} for _ in range(luck.choice([0, 1, 3, 6]))
        ],
        "goals": luck.choice(TEXTS),
        "path": luck.choice([None, *TEXTS]),
        "style": {question: luck.randint(1, 5) for question in luck.sample(STYLE, luck.choice([0, 1, 2, 4]))},
        "avoid": luck.sample(ids, luck.choice([0, 0, 1, 3])),
    }


def a_skill(luck: random.Random) -> dict[str, Any]:
    evidence = luck.choice(["self", "endorsed", "verified"])
    return {
        "skill": luck.choice(SKILLS),
        "level": luck.randint(1, 5),
        "teach": luck.random() < 0.8,
        "evidence": evidence,
    }


def wishes(luck: random.Random, ids: Sequence[str]) -> dict[str, float]:
    """Ranks as shares, and whatever else somebody may state: also nothing but a 0."""
    if luck.random() < 0.2:
        return {luck.choice(ids): 0.0}
    return dict(zip(luck.sample(ids, 4), [1.0, 0.8, luck.choice([0.0, 0.33335]), luck.random()], strict=True))


def a_vector(luck: random.Random) -> list[int]:
    """Of length 127, near to some others: few of its numbers are large."""
    raw = [luck.gauss(2, 1), luck.gauss(2, 1), luck.gauss(0, 1), luck.gauss(0, 1)]
    length = sum(number * number for number in raw) ** 0.5
    return [round(127 * number / length) for number in raw]
