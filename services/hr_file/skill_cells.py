"""Cells that list skills, wants, answers and people."""

import re
from functools import lru_cache
from typing import Literal, cast

from contracts.profiles import HIGHEST_SKILL_LEVEL, Skill, Want
from services.hr_file.cells import Broken, parts, person_id

LONGEST_SKILL = 100
_QUESTION = re.compile(r"[a-z0-9][a-z0-9 _-]{0,39}")
_EVIDENCE = ("self", "endorsed", "verified")


@lru_cache(maxsize=65536)
def _skill(item: str) -> Skill:
    """`python:4`, `python:4:teach`, `leadership:5:teach:verified`."""
    what, *rest = (part.strip().lower() for part in item.split(":"))
    said = rest[1:]
    unknown = [word for word in said if word != "teach" and word not in _EVIDENCE]
    evidence = [word for word in said if word in _EVIDENCE] or ["self"]
    if unknown or len(evidence) > 1 or said.count("teach") > 1:
        mend = "write it like python:4:teach:verified (teach, and one of self, endorsed, verified)"
        raise Broken(f"`{item[:80]}` is no skill", mend)
    level = _level(item, rest, "write it like python:4 or python:4:teach")
    found = cast("Literal['self', 'endorsed', 'verified']", evidence[0])
    return Skill(skill=_named(what), level=level, teach="teach" in said, evidence=found)


@lru_cache(maxsize=65536)
def _want(item: str) -> Want:
    what, *rest = (part.strip().lower() for part in item.split(":"))
    mend = "write it like negotiation:3"
    if len(rest) > 1:
        raise Broken(f"`{item[:80]}` is no wish", mend)
    return Want(skill=_named(what), level=_level(item, rest, mend))


def _named(what: str) -> str:
    skill = " ".join(what.split())
    if not skill or len(skill) > LONGEST_SKILL or not skill.isprintable():
        raise Broken(f"`{what[:80]}` is no name of a skill", f"use 1 to {LONGEST_SKILL} characters")
    return skill


def _level(item: str, rest: list[str], mend: str) -> int:
    levels = [str(level) for level in range(1, HIGHEST_SKILL_LEVEL + 1)]
    if not rest or rest[0] not in levels:
        raise Broken(f"`{item[:80]}` has no level from 1 to {HIGHEST_SKILL_LEVEL}", mend)
    return int(rest[0])


def skills(cell: str) -> tuple[Skill, ...]:
    """What they can, each once."""
    found = tuple(map(_skill, parts(cell)))
    _once([each.skill for each in found])
    return found


def wants(cell: str) -> tuple[Want, ...]:
    """What they wish to learn, each once."""
    found = tuple(map(_want, parts(cell)))
    _once([each.skill for each in found])
    return found


def _once(names: list[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Broken(f"`{twice}` is listed twice", "list it once")


@lru_cache(maxsize=16384)
def style(cell: str) -> dict[str, int]:
    """Answers to the working-style questions."""
    answers: dict[str, int] = {}
    for item in parts(cell):
        question, _, answer = (part.strip().lower() for part in item.partition(":"))
        if not _QUESTION.fullmatch(question) or answer not in {"1", "2", "3", "4", "5"}:
            raise Broken(f"`{item[:80]}` is no answer", "write it like pace:4;structure:2, from 1 to 5")
        if question in answers:
            raise Broken(f"`{question}` is answered twice", "answer it once")
        answers[question] = int(answer)
    return dict(sorted(answers.items()))


def avoid(cell: str) -> tuple[str, ...]:
    """People they must never be paired with."""
    return tuple(dict.fromkeys(map(person_id, parts(cell))))


def manager_id(cell: str) -> str | None:
    """Whom they report to."""
    return person_id(cell) if cell else None
