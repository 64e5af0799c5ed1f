"""A synthetic company: plausible people in the form of an HR file. The same size and seed give the same file."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from faker import Faker

from deploy.local.demo.skills import CRAFT, GOALS, LEADERSHIP, PATHS

COLUMNS = (
    *("person_id", "name", "email", "time_zone", "languages", "manager_id", "team", "function", "location"),
    *("country", "level", "working_hours", "roles", "mentor_seats", "skills", "wants", "goals", "path", "style"),
    *("avoid", "joined_on"),
)
STYLE = ("pace", "structure", "directness", "distance")
SPAN = 7
"""People one manager leads."""


@dataclass(frozen=True)
class Site:
    """A place where people work."""

    location: str
    country: str
    zone: str
    languages: tuple[str, ...]
    faker: str
    hours: str = "Mon-Fri 09:00-17:00"


SITES = (
    Site("Berlin", "DE", "Europe/Berlin", ("de", "en"), "de_DE"),
    Site("Hamburg", "DE", "Europe/Berlin", ("de", "en"), "de_DE", "Mon-Thu 08:00-16:30;Fri 08:00-14:00"),
    Site("London", "GB", "Europe/London", ("en",), "en_GB"),
    Site("Lisbon", "PT", "Europe/Lisbon", ("pt", "en"), "pt_PT"),
    Site("New York", "US", "America/New_York", ("en",), "en_US"),
    Site("São Paulo", "BR", "America/Sao_Paulo", ("pt", "en"), "pt_BR"),
    Site("Bengaluru", "IN", "Asia/Kolkata", ("en", "hi"), "en_IN", "Mon-Fri 10:00-18:30"),
    Site("Dubai", "AE", "Asia/Dubai", ("ar", "en"), "en_US", "Sun-Thu 08:00-16:00"),
    Site("Singapore", "SG", "Asia/Singapore", ("en", "zh"), "en_US"),
)
WEIGHTS = (22, 10, 14, 8, 16, 8, 12, 4, 6)


@dataclass
class Person:
    """One row in the making."""

    number: int
    site: Site
    function: str
    level: int
    manager: "Person | None"
    reports: "list[Person]" = field(default_factory=list)

    @property
    def id(self) -> str:
        """As in the HR directory."""
        return f"p-{self.number:05}"

    @property
    def team(self) -> str:
        """The team is those who report to the same manager."""
        return f"{self.function} {self.manager.number if self.manager else 0}"


def write_company(path: Path, *, size: int, seed: int) -> None:
    """Writes the HR file of a company of `size` people."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows(size=size, seed=seed))


def rows(*, size: int, seed: int) -> Iterator[dict[str, object]]:
    """The rows, from the top of the reporting tree down."""
    luck = random.Random(seed)  # noqa: S311 - plausible, not secret
    fakers = {site.faker: Faker(site.faker) for site in SITES}
    for faker in fakers.values():
        faker.seed_instance(seed)
    for person in _tree(size, luck):
        yield _row(person, luck, fakers[person.site.faker])


def _tree(size: int, luck: random.Random) -> list[Person]:
    """A reporting tree: each manager leads up to SPAN people, in one function, mostly at one site."""
    people = [Person(1, SITES[0], "operations", 15, None)]
    functions = list(CRAFT)
    for number in range(2, size + 1):
        manager = people[(number - 2) // SPAN]
        function = functions[number % len(functions)] if manager.manager is None else manager.function
        near = luck.random() < 0.6  # noqa: PLR2004 - share of teams at one site
        site = manager.site if near else luck.choices(SITES, WEIGHTS)[0]
        level = max(1, manager.level - luck.randint(2, 5))
        people.append(Person(number, site, function, level, manager))
        manager.reports.append(people[-1])
    return people


def _row(person: Person, luck: random.Random, faker: Faker) -> dict[str, object]:
    roles = _roles(person, luck)
    return {
        "person_id": person.id,
        "name": f"{faker.first_name()} {faker.last_name()}",
        "email": f"{person.id}@corp.example",
        "time_zone": person.site.zone,
        "languages": ";".join(person.site.languages),
        "manager_id": person.manager.id if person.manager else "",
        "team": person.team,
        "function": person.function,
        "location": person.site.location,
        "country": person.site.country,
        "level": person.level,
        "working_hours": person.site.hours,
        "roles": ";".join(roles),
        "mentor_seats": luck.choices((1, 2, 3), (55, 35, 10))[0] if "mentor" in roles else 0,
        "skills": ";".join(_skills(person, luck)),
        "wants": ";".join(_wants(person, luck)) if "mentee" in roles else "",
        "goals": luck.choice(GOALS) if luck.random() < 0.8 else "",  # noqa: PLR2004 - not everybody answers
        "path": luck.choice(PATHS[person.function]) if luck.random() < 0.7 else "",  # noqa: PLR2004
        "style": ";".join(f"{question}:{luck.randint(1, 5)}" for question in STYLE),
        "avoid": "",
        "joined_on": f"{luck.randint(2010, 2026)}-{luck.randint(1, 12):02}-01",
    }


def _roles(person: Person, luck: random.Random) -> list[str]:
    """The experienced teach, the others learn; some do both, some neither."""
    mentor = luck.random() < (0.60 if person.level >= 6 else 0.20)  # noqa: PLR2004
    mentee = luck.random() < (0.10 if person.level >= 10 else 0.60)  # noqa: PLR2004
    return [role for role, takes in (("mentee", mentee), ("mentor", mentor)) if takes]


def _skills(person: Person, luck: random.Random) -> list[str]:
    known = luck.sample(CRAFT[person.function], luck.randint(3, 5)) + luck.sample(LEADERSHIP, luck.randint(1, 3))
    typical = 2 + person.level // 4
    return [
        f"{skill}:{max(1, min(5, typical + luck.randint(-1, 1)))}"
        + (":teach" if luck.random() < 0.7 else "")  # noqa: PLR2004
        + luck.choices(("", ":endorsed", ":verified"), (70, 20, 10))[0]
        for skill in known
    ]


def _wants(person: Person, luck: random.Random) -> list[str]:
    wished = luck.sample(CRAFT[person.function], luck.randint(1, 2)) + luck.sample(LEADERSHIP, luck.randint(1, 2))
    return [f"{skill}:{luck.randint(2, 4)}" for skill in wished]
