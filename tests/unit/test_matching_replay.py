"""A run's population: small, without names, the same input again; and the same difference from files as from here."""

import json
import random
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.matching import Policy, Rules, Weights
from contracts.profiles import ProfileUpdated
from services.matching.api.views.what_ifs import DifferenceView, ResultView
from services.matching.domain.choice import Chosen
from services.matching.domain.difference import Difference
from services.matching.domain.population import Stored
from services.matching.engine.people import person_from
from services.matching.population import Population, Somebody
from services.matching.worker import Cohort, Replay, compute, population_of, trimmed, try_out
from tests.unit.test_engine_rules import ANNA, BORIS, a_profile
from tests.unit.test_matching_files import call

POLICY = Policy(name="spring", starts_on="2027-01-11", rules=Rules(reporting_line_depth=2))
OTHER_WEIGHTS = {
    "need": 0.1,
    "goals": 0.1,
    "style": 0.6,
    "preference": 0.1,
    "hours": 0.05,
    "language": 0.05,
    "seniority": 0.0,
}
OTHER = POLICY.model_copy(update={"weights": Weights(**OTHER_WEIGHTS), "rules": Rules(min_score=5_000_000)})


def a_company(mentees: int = 30, mentors: int = 20) -> list[ProfileUpdated]:
    luck = random.Random(3)

    def said(base: dict[str, Any]) -> dict[str, Any]:
        return base | {
            "level": luck.randint(1, 9),
            "team": luck.choice(["red", "blue", "green", None]),
            "function": luck.choice(["Sales", "Engineering "]),
            "languages": luck.sample(["en", "de-CH", "fr"], 2),
            "manager_id": luck.choice([f"t{luck.randrange(mentors):02}", "boss", None]),
            "style": {"pace": luck.randint(1, 5), "structure": luck.randint(1, 5)},
            "avoid": [f"t{luck.randrange(mentors):02}"] if luck.random() < 0.2 else [],
        }

    return [a_profile(f"m{at:02}", "mentee", **said(ANNA)) for at in range(mentees)] + [
        a_profile(f"t{at:02}", "mentor", **said(BORIS)) for at in range(mentors)
    ]


def a_cohort(**other: Any) -> Cohort:
    """Everything that a run can know of people is there."""
    people = a_company()
    lines = {one.person_id: one.manager_id for one in people} | {"boss": "chair", "chair": None, "stranger": "boss"}
    fields: dict[str, Any] = {
        "engaged": {"m00"},
        "tried": {("m01", "t01"), ("m02", "t02")},
        "pinned": [("m03", "t03")],
        "forbidden": [("m04", "t04")],
        "chosen": Chosen({("m05", "t05"): 1.0, ("m06", "t06"): 0.6}, frozenset({("m07", "t07")})),
        "groups": {"nights": [f"m{at:02}" for at in range(8)], "few": ["m09"]},
    }
    profiles = [(one.body(), one.mentor_seats) for one in people]
    return Cohort(policy=POLICY, policy_version=4, profiles=profiles, managers=lines, **fields | other)


def a_replay(cohort: Cohort, *gone: str) -> Replay:
    answer = compute(cohort)
    stored = Stored(answer.population.body, frozenset(gone), lost=0)
    digest = answer.certificate["inputs_sha256"]
    return Replay(cohort.policy, cohort.policy_version, stored, digest, cohort.groups)


def test_a_stored_population_gives_the_input_and_the_pairs_of_its_run():
    cohort = a_cohort()
    answer, found = compute(cohort), try_out((a_replay(cohort), POLICY))
    assert found.now["certificate"]["inputs_sha256"] == answer.certificate["inputs_sha256"]
    assert (found.changes, found.keep, found.forbidden) == ((), len(answer.pairs), 0)
    assert found.score_now == found.score_then == sum(pair.fit.score for pair in answer.pairs)
    assert a_replay(cohort).is_of(found.then["certificate"])
    assert unmeasured(try_out((a_replay(cohort), OTHER))) == unmeasured(try_out((cohort, OTHER)))


def unmeasured(found: Difference) -> Difference:
    """Without seconds and bytes, which are of this process."""
    none = {"seconds": 0, "peak_bytes": 0}
    sides = {side: getattr(found, side) for side in ("now", "then")}
    return replace(found, **{side: told | {"certificate": told["certificate"] | none} for side, told in sides.items()})


def test_what_is_stored_is_what_the_engine_compares_and_no_text():
    cohort = a_cohort()
    packed = population_of(cohort).packed()
    assert Population.unpacked(packed.body) == population_of(cohort)
    assert packed.people == tuple(one.person_id for one in a_company())
    plain = zlib.decompress(packed.body).decode()
    assert len(packed.body) * 5 < len(plain)
    assert not [text for text in ("Lead a team of my own", "Help others lead", "Berlin, ") if text in plain]
    assert "stranger" not in plain, "the lines of those who take no part are nobody's business"
    assert "nights" not in plain, "who opted into a group may opt out"
    for profile in a_company():
        person = person_from(profile)
        assert Somebody.of(person, 1).person() == replace(person, aim_text="")


def test_who_has_left_is_nowhere_but_above_others_in_a_reporting_line():
    cohort = a_cohort()
    gone = ("m03", "m05", "m07", "t01", "t04", "m00")
    left = Population.unpacked(trimmed(a_replay(cohort, *gone).stored).body)
    lines = {person for pair in left.managers.items() for person in pair}
    assert lines & set(gone) <= {"t01", "t04"}, "both lead somebody"
    bare = left.model_copy(
        update={"managers": {}, "people": tuple(one.model_copy(update={"manager_id": None}) for one in left.people)}
    )
    assert not [person for person in gone if f'"{person}"' in bare.model_dump_json()]
    found = try_out((a_replay(cohort, *gone), POLICY))
    assert found.now["certificate"]["inputs_sha256"] != compute(cohort).certificate["inputs_sha256"]
    assert found.changes == ()


@pytest.mark.parametrize("other", [OTHER, POLICY.model_copy(update={"rules": Rules(same_team=True)})])
def test_files_tell_the_same_difference_as_the_service(tmp_path: Path, other: Policy):
    groups = {"nights": {f"m{at:02}" for at in range(12)}, "few": {"m01"}}
    people = a_company()
    lines = {one.person_id: one.manager_id for one in people}
    nothing: dict[str, Any] = dict.fromkeys(("engaged", "tried", "pinned", "forbidden"), ())
    cohort = a_cohort(**nothing, chosen=Chosen(), groups=groups)
    asked = try_out((replace(cohort, managers=lines, policy_version=1), other))
    told = files(tmp_path, people, groups, other)
    for name in ("keep", "change", "gain", "lose", "forbidden", "score_now", "score_then"):
        assert told[name] == getattr(asked, name), name
    assert told["groups"] == list(asked.groups)
    assert {(each["by"], each["name"]) for each in told["groups"]} >= {("group", "nights"), ("function", "sales")}
    assert "few" not in {each["name"] for each in told["groups"]}
    assert [{name: each[name] for name in ("mentee_id", "mentor_then", "score_now")} for each in told["changes"]] == [
        {"mentee_id": each.mentee_id, "mentor_then": each.mentor_then, "score_now": each.score_now}
        for each in asked.changes
    ]
    assert asked.changes
    for side in ("now", "then"):
        view = ResultView.of(getattr(asked, side)).model_dump()
        assert told[side] == {name: view[name] for name in told[side]}
    sides = {side: ResultView.of(getattr(asked, side)) for side in ("now", "then")}
    figures = {name: told[name] for name in DifferenceView.model_fields if name in told and name not in sides}
    assert DifferenceView.model_validate(figures | sides).groups


def files(folder: Path, people: list[ProfileUpdated], groups: dict[str, set[str]], other: Policy) -> dict[str, Any]:
    """The same people matched twice on the command line, and what is told of the difference."""
    (folder / "people.jsonl").write_text("\n".join(one.body() for one in people), encoding="utf-8")
    table = "".join(f"{person},{group}\n" for group, members in groups.items() for person in sorted(members))
    (folder / "groups.csv").write_text(f"person,group\n{table}", encoding="utf-8")
    told = ["match", "--people", folder / "people.jsonl", "--groups", folder / "groups.csv", "--json"]
    for name, policy in (("before", POLICY), ("after", other)):
        (folder / f"{name}.toml").write_text(as_toml(policy), encoding="utf-8")
    first = call(*told, "--program", folder / "before.toml", "--out", folder / "A")
    assert first.exit_code == 0, first.output
    second = call(*told, "--program", folder / "after.toml", "--out", folder / "B", "--compare", folder / "A")
    assert second.exit_code == 0, second.output
    found = json.loads(second.output.splitlines()[-1])
    assert json.loads(call("compare", folder / "A", folder / "B", "--json").output) == found
    return found


def as_toml(policy: Policy) -> str:
    tables = {name: getattr(policy, name).model_dump(mode="json") for name in ("rules", "weights")}
    lines = [f'name = "{policy.name}"', f"starts_on = {policy.starts_on}"]
    for table, values in tables.items():
        lines += [f"[{table}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())]
    return "\n".join(lines)


def test_a_comparison_that_cannot_be_is_refused_before_anybody_is_matched(tmp_path: Path):
    (tmp_path / "people.jsonl").write_text("\n".join(one.body() for one in a_company()), encoding="utf-8")
    (tmp_path / "program.toml").write_text(as_toml(POLICY), encoding="utf-8")
    told = ("match", "--people", tmp_path / "people.jsonl", "--program", tmp_path / "program.toml")
    none = call(*told, "--out", tmp_path / "B", "--compare", tmp_path / "A")
    assert (none.exit_code, (tmp_path / "B").exists()) == (1, False)
    assert call(*told, "--out", tmp_path / "A").exit_code == 0
    same = call(*told, "--out", tmp_path / "A", "--compare", tmp_path / "A")
    assert (same.exit_code, "would overwrite the run" in same.output) == (1, True)
    said = call("compare", tmp_path / "A", tmp_path / "A")
    assert "function sales:" in said.output
