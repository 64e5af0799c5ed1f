"""How the second engine reads a profile: what `docs/matching.md` says on people, skills, stems and working hours.

Written from the page alone. It imports nothing of `services.matching.engine`; from there it takes two tables that the
page points at, the skills and the stop words.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property, reduce
from operator import or_
from pathlib import Path
from zoneinfo import ZoneInfo

from contracts.profiles import ProfileUpdated

ENGINE = Path(__file__).parents[2] / "services/matching/engine"
STOP_WORDS = frozenset(re.search(r'= """(.*?)"""', (ENGINE / "words.py").read_text(), re.DOTALL)[1].split())
EVIDENCE = {"self": 80, "endorsed": 90, "verified": 100}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTE, A_DAY, SIX_DAYS = timedelta(minutes=1), timedelta(days=1), 6 * 24 * 60
Hours = tuple[tuple[str, ...], str]


def as_written(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKC", name).casefold()).strip()


def without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def key(name: str, *, umlauts: bool = False) -> str:
    name = as_written(name.replace("&", " and "))
    for umlaut in "äöü" if umlauts else "":
        name = name.replace(umlaut, without_accents(umlaut) + "e")
    return "".join(c for c in without_accents(name) if c.isalnum() or c in "+#")


def read_skills() -> tuple[dict[str, str], dict[str, str]]:
    """Key → skill, and skill → the broader one."""
    keys, broader = {}, {}
    for line in (ENGINE / "skills/skills.tsv").read_text().splitlines()[1:]:
        skill, english, german, above, _ = line.split("\t")
        for name in filter(None, [skill, *english.split(";"), *german.split(";")]):
            keys |= {key(name): skill, key(name, umlauts=True): skill}
        broader |= {skill: above} if above else {}
    return keys, broader


KEYS, BROADER = read_skills()
LONG_KEYS = [key for key in KEYS if len(key) >= 10]


def one_slip(a: str, b: str) -> bool:
    marks_of_a, marks_of_b = ([c for c in name if not c.isalpha()] for name in (a, b))
    if a[:1] != b[:1] or marks_of_a != marks_of_b:
        return False
    if len(a) == len(b):
        return any(a[:at] + a[at + 1] + a[at] + a[at + 2 :] == b for at in range(len(a) - 1))
    short, long = sorted((a, b), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


@cache
def skill_of(name: str) -> str:
    bare = key(re.sub(r"\([^()]*\)\s*$", "", as_written(name)))
    for found in (key(name), bare):
        if found in KEYS:
            return KEYS[found]
    near = {KEYS[other] for other in LONG_KEYS if one_slip(bare, other)}
    return near.pop() if len(near) == 1 else as_written(name)


def stems(*texts: str | None) -> frozenset[str]:
    text = unicodedata.normalize("NFKC", " ".join(text or "" for text in texts)).casefold()
    words = [word for word in re.findall(r"[^\W_]+[+#]*", text) if len(word) > 1 and word not in STOP_WORDS]
    return frozenset(without_accents(word)[:6] for word in words)


def taught(profile: ProfileUpdated) -> dict[str, tuple[int, int]]:
    own = [(skill_of(s.skill), s.level, EVIDENCE[s.evidence]) for s in profile.skills if s.teach]
    above = [(BROADER[skill], level, evidence * 75 // 100) for skill, level, evidence in own if skill in BROADER]
    highest = {skill: best for skill, *best in sorted(above)} | {skill: best for skill, *best in sorted(own)}
    return {skill: (level, evidence) for skill, (level, evidence) in highest.items() if skill}


@cache
def instant(wall: datetime, zone: str) -> int:
    """The minute since 1970 at which a clock on that wall first shows this time or a later one."""
    at = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    while (before := at - MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None) >= wall:
        at = before
    return int(at.timestamp()) // 60


@cache
def worked(hours: tuple[str, ...], zone: str, monday: date) -> list[int]:
    """The minutes worked on each local day, as bits: four days before that week, its seven, and four after it."""
    return [day_worked(hours, zone, monday + step * A_DAY, monday) for step in range(-4, 11)]


def day_worked(hours: Sequence[str], zone: str, day: date, monday: date) -> int:
    midnight, start, minutes = datetime.combine(day, time.min), instant(datetime.combine(monday, time.min), "UTC"), 0
    for span in hours:
        names, clock = span.split()
        first, last = WEEKDAYS.index(names[:3]), WEEKDAYS.index(names[-3:])
        if (day.weekday() - first) % 7 <= (last - first) % 7:
            walls = (midnight + int(wall[:2]) * 60 * MINUTE + int(wall[3:]) * MINUTE for wall in clock.split("-"))
            begin, end = (instant(wall, zone) - start + SIX_DAYS for wall in walls)
            minutes |= (1 << end) - (1 << begin)
    return minutes


@cache
def shared_minutes(one: Hours, other: Hours, week_of: date) -> int:
    """On the best local day of either: what the other works meanwhile, on whatever day of theirs that is."""
    mine, theirs = (worked(*side, week_of - week_of.weekday() * A_DAY) for side in (one, other))
    shares = [day & reduce(or_, theirs) for day in mine[4:11]] + [day & reduce(or_, mine) for day in theirs[4:11]]
    return max(share.bit_count() for share in shares)


def plain(text: str | None) -> str:
    return (text or "").casefold().strip()


@dataclass(frozen=True)
class One:
    """A person, turned once into what the page compares."""

    profile: ProfileUpdated

    @cached_property
    def id(self) -> str:
        return self.profile.person_id

    @cached_property
    def languages(self) -> list[str]:
        return list(dict.fromkeys(re.split("[-_]", tag)[0].lower() for tag in self.profile.languages))

    @cached_property
    def wants(self) -> dict[str, int]:
        by_level = sorted((want.level, skill_of(want.skill)) for want in self.profile.wants)
        return {skill: level for level, skill in by_level if skill}

    @cached_property
    def teaches(self) -> dict[str, tuple[int, int]]:
        return taught(self.profile)

    @cached_property
    def aims(self) -> frozenset[str]:
        return stems(self.profile.goals, self.profile.path)

    @cached_property
    def words(self) -> frozenset[str]:
        said = self.aims | stems(*(named.skill for named in (*self.profile.skills, *self.profile.wants)))
        return said | stems(self.profile.function) if said else said

    @cached_property
    def hours(self) -> Hours:
        return self.profile.working_hours or ("Mon-Fri 09:00-17:00",), self.profile.time_zone
