"""A second engine, written from docs/matching.md alone: slow, plain, and independent of the one that it judges.

It shares the list of stop words and the file of skills, which are data, and nothing else.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from itertools import chain, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import services.matching.engine.skills as shipped
from contracts.matching import Policy
from contracts.profiles import ProfileUpdated
from services.matching.engine.words import STOP_WORDS

WEIGHED = ("need", "goals", "style", "preference", "hours", "language", "seniority")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FITS = (8000, 10000, 10000, 9000, 7000)
TONGUES = (10000, 8000, 6000, 4000)
EVIDENCE = {"self": 80, "endorsed": 90, "verified": 100}


def folded(text):
    return unicodedata.normalize("NFKC", text).casefold()


def bare(text):
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))


def written(name):
    return re.sub(r"[\s\-_]+", " ", folded(name)).strip()


def stems(text):
    words = re.findall(r"[^\W_]+[+#]*", folded(text))
    return {bare(word)[:6] for word in words if len(word) > 1 and word not in STOP_WORDS}


def key(name):
    return re.sub(r"[^\w+#]|_", "", bare(written(name.replace("&", " and "))))


@cache
def taxonomy():
    """Key → label, and label → broader label."""
    names, broader = {}, {}
    with (Path(shipped.__file__).parent / "skills.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            broader[row["skill"]] = row["broader"]
            for name in [row["skill"], *row["english"].split(";"), *row["german"].split(";")]:
                spelled = name.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
                names |= {key(each): row["skill"] for each in (name, spelled) if name}
    return names, broader


def slip(one, other):
    """Whether a letter is missing or too many, or two neighbours are swapped; the first letter is the same."""
    if one[:1] != other[:1]:
        return False
    longer, shorter = sorted((one, other), key=len, reverse=True)
    dropped = (at for at, each in enumerate(longer) if each.isalpha())
    if len(longer) == len(shorter) + 1:
        return any(longer[:at] + longer[at + 1 :] == shorter for at in dropped)
    swapped = (at for at, pair in enumerate(pairwise(one)) if all(each.isalpha() for each in pair))
    return any(one[:at] + one[at + 1] + one[at] + one[at + 2 :] == other for at in swapped)


@cache
def label(name):
    names, _ = taxonomy()
    plain, unbracketed = key(name), key(re.sub(r"\s*\([^()]*\)\s*$", "", name))
    for each in (plain, unbracketed):
        if each in names:
            return names[each]
    near = {names[each] for each in names if len(each) >= 10 and slip(each, unbracketed)}
    return near.pop() if len(near) == 1 else written(name)


@dataclass(frozen=True, eq=False)
class Second:
    """The answers of the page: the first broken rule of a pair, and the parts of its score."""

    policy: Policy
    people: dict[str, ProfileUpdated]
    forbidden: frozenset = frozenset()
    refused: frozenset = frozenset()
    tried: frozenset = frozenset()
    stated: dict | None = None
    """(who, about whom) → 0 to 1"""
    vectors: dict | None = None

    @cache  # noqa: B019 - lives as long as a test
    def wants(self, one):
        best = {}
        for want in self.people[one].wants:
            best[label(want.skill)] = max(want.level, best.get(label(want.skill), 0))
        return best

    @cache  # noqa: B019
    def teaches(self, one):
        own, wider = {}, {}
        for skill in (each for each in self.people[one].skills if each.teach):
            name, offer = label(skill.skill), (skill.level, EVIDENCE[skill.evidence])
            own[name] = max(offer, own.get(name, (0, 0)))
        for name, (level, evidence) in own.items():
            above = taxonomy()[1].get(name)
            if above and above not in own:
                wider[above] = max((level, evidence * 75 // 100), wider.get(above, (0, 0)))
        return own | wider

    @cache  # noqa: B019
    def aims(self, one):
        return stems(f"{self.people[one].goals} {self.people[one].path or ''}")

    @cache  # noqa: B019
    def words(self, one):
        person = self.people[one]
        names = [each.skill for each in person.skills] + [each.skill for each in person.wants]
        said = self.aims(one).union(*map(stems, names))
        return said | stems(person.function or "") if said else said

    @cache  # noqa: B019
    def tongues(self, one):
        return list(dict.fromkeys(re.split("[-_]", tag)[0].lower() for tag in self.people[one].languages))

    @cache  # noqa: B019
    def days(self, one):
        """For each local day from a week before the program's week to a week after: the times of work, in UTC."""
        person, zone = self.people[one], ZoneInfo(self.people[one].time_zone)
        monday = self.policy.starts_on - timedelta(days=self.policy.starts_on.weekday())
        spans = [re.fullmatch(r"(\w+)(?:-(\w+))? (\S+)-(\S+)", span).groups() for span in person.working_hours]
        days = {}
        for at in range(-7, 14):
            day = monday + timedelta(days=at)
            days[at] = [
                tuple(datetime.combine(day, clock(time), zone).timestamp() for time in (start, end))
                for first, last, start, end in spans or [("Mon", "Fri", "09:00", "17:00")]
                if at % 7 in run(first, last or first)
            ]
        return days

    @cache  # noqa: B019
    def shared_minutes(self, one, other):
        both = ((self.days(one), self.days(other)), (self.days(other), self.days(one)))
        return round(max(together(mine[at], chain(*theirs.values())) for mine, theirs in both for at in range(7)) / 60)

    def managers(self, one, levels):
        line = []
        while levels and (one := self.people[one].manager_id if one in self.people else None) and one not in line:
            line.append(one)
            levels -= 1
        return line

    @cached_property
    def weights(self):
        return {part: round(getattr(self.policy.weights, part) * 1_000_000) for part in WEIGHED}

    def values(self, mentee, mentor):
        """The answered parts."""
        one, other = self.people[mentee], self.people[mentor]
        found = {"need": self._need(mentee, mentor), "goals": self._goals(mentee, mentor)}
        questions = one.style.keys() & other.style.keys()
        apart = sum(abs(one.style[each] - other.style[each]) for each in questions)
        found["style"] = (4 * len(questions) - apart) * 10000 // (4 * len(questions)) if questions else None
        found["preference"] = both(self._preference(mentee, mentor), self._preference(mentor, mentee))
        found["hours"] = min(self.shared_minutes(*sorted((mentee, mentor))), 240) * 10000 // 240
        found["language"] = max(
            (both(*(TONGUES[min(self.tongues(who).index(each), 3)] for who in (mentee, mentor)))
             for each in self.tongues(mentee) if each in self.tongues(mentor)), default=0
        )  # fmt: skip
        if one.level and other.level:
            low, high = self.policy.rules.seniority_gap
            gap = other.level - one.level
            found["seniority"] = max(3 - max(low - gap, gap - high, 0), 0) * 10000 // 3
        return {part: found[part] for part in WEIGHED if found.get(part) is not None}

    def _need(self, mentee, mentor):
        wants, teaches = self.wants(mentee), self.teaches(mentor)
        if not wants:
            return None
        fits = []
        for name in wants.keys() & teaches.keys():
            gap = teaches[name][0] - wants[name]
            fits.append(FITS[gap] * teaches[name][1] // 100 if gap >= 0 else 0)
        return both(sum(fits) // len(wants), max(fits)) if fits else 0

    def _goals(self, mentee, mentor):
        if not self.aims(mentee) or not self.words(mentor):
            return None
        return both(self._aims_met(mentee, mentor), self._aims_met(mentor, mentee))

    def _aims_met(self, one, other):
        if not self.aims(one):
            return None
        met = 2 * len(self.aims(one) & self.words(other)) * 10000 // len(self.aims(one))
        mine, theirs = ((self.vectors or {}).get(who) for who in (one, other))
        if mine is None or theirs is None:
            return min(met, 10000)
        product = sum(int(x) * int(y) for x, y in zip(mine, theirs, strict=True))
        return max(min(met, 10000), min(max(2 * product - 16129, 0) * 10000 // 16129, 10000))

    def _preference(self, one, other):
        stated = self.stated or {}
        if (one, other) in stated:
            return round(stated[one, other] * 10000)
        return 0 if any(who == one for who, _ in stated) else None

    def score(self, mentee, mentor):
        """The score, its parts as they are told, and the completeness."""
        values = self.values(mentee, mentor)
        whole = sum(self.weights[part] for part in values)
        if not whole:
            return 0, {}, 0
        points = {part: self.weights[part] * value * 10_000_000 for part, value in values.items()}
        total = sum(points.values()) // (10_000 * whole)
        parts = {part: point // (10_000 * whole) for part, point in points.items()}
        dearest = sorted(points, key=lambda part: (-(points[part] % (10_000 * whole)), WEIGHED.index(part)))
        for part in dearest[: total - sum(parts.values())]:
            parts[part] += 1
        told = {part: share for part, share in parts.items() if part != "preference" or values[part]}
        return total, told, whole * 1_000_000 // sum(self.weights.values())

    def broken(self, mentee, mentor):
        """The first rule that forbids the pair; None if it is allowed."""
        one, other, rules = self.people[mentee], self.people[mentor], self.policy.rules
        functions, depth, pair = (
            {plain(each) for each in self.policy.functions},
            rules.reporting_line_depth,
            (mentee, mentor),
        )
        score, _, completeness = self.score(mentee, mentor)
        asked = {
            "same-person": mentee == mentor,
            "not-in-program": "mentee" not in one.roles
            or (functions and not {plain(one.function), plain(other.function)} <= functions),
            "not-willing": "mentor" not in other.roles,
            "language": not set(self.tongues(mentee)) & set(self.tongues(mentor)),
            "same-team": not rules.same_team and one.team and plain(one.team) == plain(other.team),
            "reporting-line": mentor in self.managers(mentee, depth) or mentee in self.managers(mentor, depth),
            "avoid": mentor in one.avoid or mentee in other.avoid,
            "forbidden": pair in self.forbidden,
            "refused": pair in self.refused,
            "tried-before": pair in self.tried,
            "overlap": self.shared_minutes(*sorted(pair)) < 60 * rules.min_overlap_hours,
            "completeness": completeness < round(rules.min_completeness * 1_000_000),
            "below-floor": score < rules.min_score,
        }
        return next((rule for rule, is_broken in asked.items() if is_broken), None)


def both(mentee, mentor):
    if mentee is None or mentor is None:
        return mentor if mentee is None else mentee
    return (6 * mentee + 4 * mentor) // 10


def plain(name):
    return (name or "").strip().casefold()


def clock(time):
    return datetime.strptime(time, "%H:%M").time()  # noqa: DTZ007 - a time on the wall


def run(first, last):
    at, end = DAYS.index(first), DAYS.index(last)
    return {(at + step) % 7 for step in range((end - at) % 7 + 1)}


def together(some, others):
    others = list(others)
    return sum(max(min(end, until) - max(start, since), 0) for start, end in some for since, until in others)
