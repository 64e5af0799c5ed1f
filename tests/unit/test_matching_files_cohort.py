"""A cohort out of files: profiles and a program in, a proven run out."""

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
        (PROGRAM + "[weights]\nneed = 0.5\n", "", "the weights add up to 1.16, not to 1"),
        (PROGRAM + "favour = 1\n", "", "rules.favour"),
        ("name = ", "", "cannot be read as TOML"),
        (PROGRAM, "{}", "people.jsonl, line 4: person_id: Field required"),
    ],
)
def test_wrong_programs_and_profiles_are_named(tmp_path: Path, program: str, more: str, sentence: str):
    out, refused = matched(tmp_path, program, more)
    assert (refused.exit_code, out.exists()) == (1, False)
    assert sentence in refused.output
