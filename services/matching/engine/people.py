"""A person as matching sees them: what the profile says, turned once into sets and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chassis.calendar import DEFAULT_SPANS
from services.matching.engine.skills import broader, canonical
from services.matching.engine.words import plain, stems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contracts.profiles import ProfileUpdated

EVIDENCE_PERCENT = {"self": 80, "endorsed": 90, "verified": 100}
BROADER_PERCENT = 75
"""What the evidence of a skill is worth for the skill that it is a part of: Python, where programming is wanted."""


@dataclass(frozen=True)
class Person:
    """What matching needs of a profile, and nothing else: no name, no country, no place, no dates."""

    id: str
    roles: frozenset[str]
    level: int | None
    team: str | None
    function: str | None
    manager_id: str | None
    languages: tuple[str, ...]
    """Primary language subtags, best first, each once."""
    hours: tuple[tuple[str, ...], str]
    """Working hours as the profile has them, and the time zone they are in."""
    wants: Mapping[str, int]
    """Skill → level wished for, 1 to 5."""
    teaches: Mapping[str, tuple[int, int]]
    """Skill they are willing to teach, or a part of it → level 1 to 5, evidence in percent."""
    aims: frozenset[str]
    """Stems of goals and path."""
    aim_words: Mapping[str, str]
    """The stems again → the word as written."""
    words: frozenset[str]
    """Stems of all they wrote: goals, path, wants, skills, function; empty without any of the first four."""
    style: Mapping[str, int]
    avoid: frozenset[str]
    aim_text: str = ""
    """Goals and path as written."""


def person_from(profile: ProfileUpdated) -> Person:
    """The person behind a profile. Of a skill listed twice the higher level counts."""
    aim_text = f"{profile.goals} {profile.path or ''}".strip()
    aims = stems(aim_text)
    return Person(
        id=profile.person_id,
        roles=frozenset(profile.roles),
        level=profile.level,
        team=plain(profile.team),
        function=plain(profile.function),
        manager_id=profile.manager_id,
        languages=_languages(profile.languages),
        hours=(profile.working_hours or DEFAULT_SPANS, profile.time_zone),
        wants=_wants(profile),
        teaches=_teaches(profile),
        aims=frozenset(aims),
        aim_words=aims,
        words=_words(profile, aims),
        style=dict(sorted(profile.style.items())),
        avoid=frozenset(profile.avoid),
        aim_text=aim_text,
    )


def _languages(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.replace("_", "-").split("-")[0].lower() for tag in tags))


def _wants(profile: ProfileUpdated) -> dict[str, int]:
    by_level = sorted((want.level, canonical(want.skill)) for want in profile.wants)
    return {skill: level for level, skill in by_level if skill}


def _teaches(profile: ProfileUpdated) -> dict[str, tuple[int, int]]:
    """What they teach; and one step up, with less evidence, what that is a part of, unless they teach it as well."""
    taught = [
        (skill.level, EVIDENCE_PERCENT[skill.evidence], canonical(skill.skill))
        for skill in profile.skills
        if skill.teach
    ]
    partly = [
        (level, evidence * BROADER_PERCENT // 100, whole)
        for level, evidence, skill in taught
        if (whole := broader(skill)) is not None
    ]
    return _highest(partly) | _highest(taught)


def _highest(taught: list[tuple[int, int, str]]) -> dict[str, tuple[int, int]]:
    return {skill: (level, evidence) for level, evidence, skill in sorted(taught) if skill}


def _words(profile: ProfileUpdated, aims: Mapping[str, str]) -> frozenset[str]:
    listed = " ".join([skill.skill for skill in profile.skills] + [want.skill for want in profile.wants])
    said = {*aims, *stems(listed)}
    return frozenset(said | set(stems(profile.function or ""))) if said else frozenset()
