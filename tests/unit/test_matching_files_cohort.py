"""A cohort out of files: profiles and a program in, a proven run out."""

import json
from pathlib import Path

import pytest

from tests.unit.test_engine_rules import ANNA, BORIS, a_profile
from tests.unit.test_matching_files import call, rows

PROGRAM = """
name = "Engineering mentoring, spring"
starts_on = 2027-01-11
meeting_every_days = 14
[rules]
min_overlap_hours = 2
"""


def matched(folder: Path, program: str = PROGRAM, more: str = "", *options: str):
    people = [a_profile("anna", "mentee", **ANNA), a_profile("boris", "mentor", **BORIS)]
    lonely = a_profile("lonely", "mentee", languages=("ja",))
    bodies = "\n".join(profile.body() for profile in (*people, lonely))
    (folder / "people.jsonl").write_text(f"{bodies}\n{more}", encoding="utf-8")
    (folder / "program.toml").write_text(program, encoding="utf-8")
    out = folder / "RUN"
    told = ("--people", folder / "people.jsonl", "--program", folder / "program.toml", "--out", out)
    return out, call("match", *told, *options)


def test_match_writes_a_run_that_verify_accepts(tmp_path: Path):
    out, done = matched(tmp_path)
    assert done.exit_code == 0, done.output
    assert rows(out / "pairs.csv")[1:] == [["anna", "boris", "8076666"]]
    assert rows(out / "unmatched.csv")[1:] == [
        ["lonely", "No mentor may be proposed; for 1 of 1: The two share no language."]
    ]
    assert call("verify", out).exit_code == 0


@pytest.mark.parametrize(
    ("floor", "left", "said"),
    [
        (8_076_666, {"lonely"}, None),
        (
            8_076_667,
            {"anna", "lonely"},
            "1 mentee has nobody because of the floor of 8076667; no pair reaches it, the best scores 8076666",
        ),
    ],
)
def test_a_floor_is_kept_proven_and_explained(tmp_path: Path, floor: int, left: set[str], said: str | None):
    out, done = matched(tmp_path, f"{PROGRAM}min_score = {floor}\n")
    assert done.exit_code == 0, done.output
    assert {row[0] for row in rows(out / "unmatched.csv")[1:]} == left
    assert said is None if "rules.min_score" not in done.output else said in done.output
    assert call("verify", out).exit_code == 0
    told = json.loads((out / "certificate.json").read_text())
    assert told["min_score"] == floor
    for other in (0, floor - 1, floor + 1):
        (out / "certificate.json").write_text(json.dumps(told | {"min_score": other}))
        assert call("verify", out).exit_code == 1, other


def test_a_run_written_before_there_were_floors_still_verifies(tmp_path: Path):
    out, _ = matched(tmp_path)
    told = json.loads((out / "certificate.json").read_text())
    del told["min_score"]
    (out / "certificate.json").write_text(json.dumps(told))
    assert call("verify", out).exit_code == 0


def group_of(folder: Path, lines: str) -> tuple[str, str]:
    (folder / "groups.csv").write_text(lines, encoding="utf-8")
    return "--groups", str(folder / "groups.csv")


def test_groups_are_reported_and_change_no_other_number(tmp_path: Path):
    more = "\n".join(a_profile(f"anna{n}", "mentee", **ANNA).body() for n in range(5))
    people = [f"anna{n}" for n in range(5)]
    out, _ = matched(tmp_path, PROGRAM, more)
    before = [(out / name).read_text() for name in ("pairs.csv", "prices.csv", "utilities.csv")]
    table = "group;person\n" + "".join(f"nights;{one}\n" for one in [*people, "anna", "ghost"]) + "few;anna0\n"
    out, done = matched(tmp_path, PROGRAM, more, *group_of(tmp_path, table))
    assert done.exit_code == 0, done.output
    assert "1 of 8 lines name nobody who takes part, the first is line 8: ghost" in done.output
    [told] = json.loads((out / "report.json").read_text())["groups"]
    assert (told["name"], told["mentees"], told["matched"], told["entitled"]) == ("nights", 6, 1, 1)
    assert [(out / name).read_text() for name in ("pairs.csv", "prices.csv", "utilities.csv")] == before


def test_a_steered_run_says_its_price_and_verifies(tmp_path: Path):
    """Ten mentees and three seats: who scores a little less is in the group that is behind."""
    well = [a_profile(f"w{n}", "mentee", **ANNA | {"path": None}).body() for n in range(5)]
    less = [a_profile(f"x{n}", "mentee", **ANNA | {"style": {"pace": 1}}).body() for n in range(5)]
    mentors = [a_profile(f"t{n}", "mentor", **BORIS).body() for n in range(4)]
    table = "person,group\n" + "".join(f"w{n},well\nx{n},less\n" for n in range(5))
    program = f"{PROGRAM}[fairness]\nsteer = true\nmost_loss_ppm = 100000\n"
    out, done = matched(tmp_path, program, "\n".join([*well, *less, *mentors]), *group_of(tmp_path, table))
    assert done.exit_code == 0, done.output
    fair = json.loads((out / "report.json").read_text())["fairness"]
    certificate = json.loads((out / "certificate.json").read_text())
    assert certificate["gap_ppm"] == fair["price_ppm"] > 0
    assert fair["gap_after_ppm"] < fair["gap_before_ppm"]
    assert f"points for {fair['price_ppm']} ppm of the score" in done.output
    assert call("verify", out).exit_code == 0
    assert "fairness to groups" in call("explain", out, "--mentee", "w0").output


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("person,group\nanna,a\nanna,a\n", "groups.csv, line 3: the same as line 2"),
        ("person,group\nanna,\n", "groups.csv, line 2: the group is empty"),
        ("person,group\n,a\n", "groups.csv, line 2: `` is no id"),
        ("person,group\nanna\n", "groups.csv, line 2: has 1 cells"),
        ("person\nanna\n", "must name the column group once"),
    ],
)
def test_wrong_groups_are_named_before_anything_is_written(tmp_path: Path, lines: str, sentence: str):
    out, refused = matched(tmp_path, PROGRAM, "", *group_of(tmp_path, lines))
    assert (refused.exit_code, out.exists()) == (1, False)
    assert sentence in refused.output


def test_goals_in_other_words_count_where_the_run_asks_for_it(tmp_path: Path):
    speaker = a_profile("speaker", "mentee", level=5, style={"pace": 3}, goals="Öffentliches Reden üben").body()
    coach = a_profile("coach", "mentor", level=7, style={"pace": 3}, goals="Public speaking for everybody").body()
    pair = []
    for options in ((), ("--paraphrases",)):
        out, done = matched(tmp_path, PROGRAM, f"{speaker}\n{coach}", *options)
        assert (done.exit_code, call("verify", out).exit_code) == (0, 0), done.output
        pair += [int(score) for mentee, mentor, score in rows(out / "pairs.csv")[1:] if mentee == "speaker"]
    by_words, by_meaning = pair
    assert by_words < by_meaning


@pytest.mark.parametrize(
    ("program", "more", "sentence"),
    [
        (PROGRAM + "[weights]\nneed = 0.5\n", "", "the weights add up to 1.16; make them add up to 1"),
        (PROGRAM + "favour = 1\n", "", "rules.favour"),
        (PROGRAM + "min_score = 10000001\n", "", "rules.min_score: Input should be less than or equal to 10000000"),
        (PROGRAM + "min_score = 0.7\n", "", "rules.min_score: Input should be a valid integer"),
        ("name = ", "", "cannot be read as TOML"),
        (PROGRAM, "{}", "people.jsonl, line 4: person_id: Field required"),
    ],
)
def test_wrong_programs_and_profiles_are_named(tmp_path: Path, program: str, more: str, sentence: str):
    out, refused = matched(tmp_path, program, more)
    assert (refused.exit_code, out.exists()) == (1, False)
    assert sentence in refused.output
