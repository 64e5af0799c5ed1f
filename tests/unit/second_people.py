"""People for two engines: every rule and every part of the score is answered, and unanswered, by somebody."""

import random
from datetime import date

from contracts.matching import Policy, ProgramOpened
from contracts.profiles import ProfileUpdated, Skill, Want

EVIDENCE = ("self", "endorsed", "verified")
QUESTIONS = ("pace", "structure", "distance")
SKILLS = (
    "Python", "python (programming language)", "programming", "SQL", "Verhandlungsführung", "negotiating", "negotation",
    "Public-Speaking", "leading teams", "Führung", "leadershp skills", "project managment", "Projektmanagement", "C++",
    "knitting", "Kniting  patterns", "data analysis", "R&D", "coaching", "Excel",
)  # fmt: skip
SENTENCES = (
    "Lead a team of my own", "Ein eigenes Team führen", "Speak before many people", "grow into C# and C++ work",
    "Café-Kultur überall verstehen", "become a better negotiator", "help others lead", "", "", "x",
)  # fmt: skip
HOURS = (
    ((), "Europe/Berlin"), (("Mon-Fri 09:00-17:00",), "Europe/London"), (("Mon-Fri 09:00-17:00",), "America/New_York"),
    (("Sun-Thu 08:00-16:00",), "Asia/Dubai"), (("Mon-Thu 07:30-12:00", "Fri 20:00-23:59"), "Asia/Kolkata"),
    (("Sat-Mon 06:00-14:00",), "Pacific/Kiritimati"), (("Tue 10:00-15:45", "Thu 08:00-10:10"), "Pacific/Pago_Pago"),
    (("Fri 13:00-18:00",), "Australia/Lord_Howe"), (("Mon-Fri 10:00-19:00",), "Asia/Kathmandu"),
)  # fmt: skip
TONGUES = (("en",), ("de-DE", "en-GB"), ("fr", "EN_us", "en"), ("hi", "pt", "fr", "de", "en"), ("pt-BR",), ("en", "de"))


def somebody(luck: random.Random, number: int, *, among: int) -> ProfileUpdated:
    """Anybody: many say little, some nothing at all."""
    others = [f"p{luck.randrange(among):03d}" for _ in range(2)]
    skills = [
        Skill(skill=name, level=luck.randint(1, 5), teach=luck.random() < 0.8, evidence=luck.choice(EVIDENCE))
        for name in luck.choices(SKILLS, k=luck.choice([0, 2, 5]))
    ]
    hours, zone = luck.choice(HOURS)
    return ProfileUpdated(
        person_id=f"p{number:03d}",
        roles=luck.choice([("mentee", "mentor")] * 6 + [("mentee",), ("mentor",), ()]),
        mentor_seats=1,
        level=luck.choice([None, 1, 4, 5, 6, 7, 15]),
        team=luck.choice([None, " Red", "red ", "blue", "green", "white"]),
        function=luck.choice([None, "Sales", " engineering ", "Engineering", "Legal"]),
        time_zone=zone,
        languages=luck.choice(TONGUES),
        working_hours=hours,
        manager_id=luck.choice([None, *others]),
        skills=tuple(skills),
        wants=tuple(
            Want(skill=name, level=luck.randint(1, 5)) for name in luck.choices(SKILLS, k=luck.choice([0, 1, 3]))
        ),
        goals=luck.choice(SENTENCES),
        path=luck.choice([None, "Engineering manager", "Teamleitung"]),
        style={question: luck.randint(1, 5) for question in luck.sample(QUESTIONS, luck.randint(0, 3))},
        avoid=tuple(luck.choice([[], [], others[:1]])),
    )


def a_policy(seed: int) -> Policy:
    """The default first; then each option in some way, in weeks in which clocks change too."""
    policy = ProgramOpened.example().policy.model_copy(update={"functions": ()})
    if not seed:
        return policy
    luck = random.Random(seed)
    rules = {
        "same_team": luck.random() < 0.3,
        "reporting_line_depth": luck.choice([0, 1, 3, 50]),
        "min_overlap_hours": luck.choice([0, 0.99, 2, 4.5]),
        "min_completeness": luck.choice([0.0, 0.4, 0.73]),
        "seniority_gap": luck.choice([(1, 3), (-2, 0), (0, 9)]),
        "min_score": luck.choice([0, 2_500_000, 4_000_000]),
    }
    weights = dict(
        zip(
            policy.weights.model_dump(),
            luck.choice([(0.5, 0, 0, 0.25, 0.25, 0, 0), (0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 0.1)]),
            strict=True,
        )
    )
    return policy.model_copy(
        update={
            "starts_on": luck.choice([date(2027, 3, 28), date(2027, 4, 1), date(2027, 10, 30), date(2027, 1, 11)]),
            "functions": luck.choice([(), ("engineering", "SALES ")]),
            "rules": policy.rules.model_copy(update=rules),
            "weights": policy.weights.model_copy(update=weights),
        }
    )  # fmt: skip


def facts(luck: random.Random, people: list[str]) -> dict:
    """What was decided, tried and wished for, as `frame_of` takes it."""
    pairs = [(luck.choice(people), luck.choice(people)) for _ in range(len(people) * 4)]
    cut = len(people)
    return {
        "forbidden": frozenset(pairs[:cut]),
        "refused": frozenset(pairs[cut // 2 : cut * 2]),
        "tried": frozenset(pairs[cut * 2 - 20 : cut * 3]),
        "preferences": {pair: luck.choice([0.0, 0.2, 0.4, 1.0]) for pair in pairs[cut * 3 :: 2]},
        "meaning": {one: [luck.randint(-40, 80) for _ in range(8)] for one in people[::2]},
    }
