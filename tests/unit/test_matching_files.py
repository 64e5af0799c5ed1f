"""Your own scores in, a folder with a proof out: the promises of the file commands."""

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from services.matching.commands import commands
from services.matching.engine.problem import pose
from services.matching.engine.settle import settle
from services.matching.files import run
from services.matching.files.tables import BadFile

PAIRS = "mentee_id,mentor_id,score\na1,b1,0.9\na1,b2,0.80\na2,b1,.8\na2,b2,0\na3,b1,0.125\na4,b3,1\n"
SEATS = "mentor_id,seats\nb1,1\nb2,1\nb3,0\n"


def call(*args: object, app: typer.Typer = commands):
    return CliRunner().invoke(app, [str(arg) for arg in args])


def assigned(folder: Path, pairs: str = PAIRS, seats: str = SEATS):
    (folder / "pairs.csv").write_text(pairs, encoding="utf-8")
    (folder / "seats.csv").write_text(seats, encoding="utf-8")
    out = folder / "RUN"
    return out, call("assign", "--pairs", folder / "pairs.csv", "--seats", folder / "seats.csv", "--out", out)


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_assign_writes_the_best_pairs_and_their_proof(tmp_path: Path):
    out, done = assigned(tmp_path)
    assert done.exit_code == 0, done.output
    assert rows(out / "pairs.csv") == [["mentee_id", "mentor_id", "score"], ["a1", "b2", "800"], ["a2", "b1", "800"]]
    assert rows(out / "unmatched.csv") == [["mentee_id", "reason"], ["a3", "seats-taken"], ["a4", "seats-taken"]]
    assert [row[:3] for row in rows(out / "prices.csv")[1:]] == [["b1", "1", "1"], ["b2", "1", "1"], ["b3", "0", "0"]]
    told = json.loads((out / "certificate.json").read_text(encoding="utf-8"))
    assert (told["mentees"], told["mentors"], told["seats"], told["allowed_pairs"]) == (4, 3, 2, 6)
    assert (told["matched"], told["matched_bound"]) == (2, 2)
    assert (told["score"], told["score_bound"], told["gap_ppm"], told["scale"]) == (1600, 1600, 0, 1000)


def test_prices_and_utilities_cover_every_given_pair(tmp_path: Path):
    out, _ = assigned(tmp_path)
    price = {mentor: int(cost) for mentor, _, _, cost in rows(out / "prices.csv")[1:]}
    utility = {mentee: int(gain) for mentee, gain in rows(out / "utilities.csv")[1:]}
    told = json.loads((out / "certificate.json").read_text(encoding="utf-8"))
    for line in PAIRS.splitlines()[1:]:
        mentee, mentor, score = line.split(",")
        assert utility[mentee] + price[mentor] >= told["coverage_bonus"] + round(float(score) * told["scale"])


def test_verify_accepts_the_truth_and_refuses_any_change(tmp_path: Path):
    out, _ = assigned(tmp_path)
    assert call("verify", out).exit_code == 0
    for name in ("pairs.csv", "prices.csv", "utilities.csv", "allowed.csv"):
        whole = (out / name).read_text(encoding="utf-8")
        lines = whole.splitlines()
        for at in range(1, len(lines)):
            head, _, last = lines[at].rpartition(",")
            (out / name).write_text("\n".join([*lines[:at], f"{head},{int(last) + 1}", *lines[at + 1 :]]))
            assert call("verify", out).exit_code == 1, (name, at)
        (out / name).write_text("\n".join([lines[0], "x,y"]))
        assert call("verify", out).exit_code == 1
        (out / name).write_text(whole)
    told = json.loads((out / "certificate.json").read_text(encoding="utf-8"))
    (out / "certificate.json").write_text(json.dumps(told | {"score_bound": told["score_bound"] + 1}))
    refused = call("verify", out)
    assert (refused.exit_code, "score_bound is 1600" in refused.output) == (1, True)
    (out / "certificate.json").unlink()
    assert call("verify", out).exit_code == 1


def test_other_delimiters_column_orders_and_a_byte_order_mark_are_read(tmp_path: Path):
    out, done = assigned(tmp_path, "\ufeffscore;mentor_id;note;mentee_id\r\n1;b1;x;a1\r\n", "seats\tmentor_id\n1\tb1\n")
    assert done.exit_code == 0, done.output
    assert rows(out / "pairs.csv")[1:] == [["a1", "b1", "1"]]


@pytest.mark.parametrize(
    ("pairs", "seats", "sentence"),
    [
        (PAIRS + "a5,b1,-1\n", SEATS, "pairs.csv, line 8: the score `-1` must be 0 or more"),
        (PAIRS + "a5,b1,nan\n", SEATS, "line 8: the score `nan`"),
        (PAIRS + "a5,b1,good\n", SEATS, "line 8: the score `good` is no number"),
        (PAIRS + "a1,b1,1\n", SEATS, "line 8: the same pair as in line 2"),
        (PAIRS + "a5,b9,1\n", SEATS, "line 8: the mentor `b9` is not in the file of seats"),
        (PAIRS + "a5,b1\n", SEATS, "line 8: has 2 cells"),
        (PAIRS + ",b1,1\n", SEATS, "line 8: `` is no mentee_id"),
        ("", SEATS, "pairs.csv is empty"),
        ("a,b\n", SEATS, "must name the column mentee_id once"),
        ("," * 200_000, SEATS, "longer than"),
        (PAIRS, SEATS + "b1,2\n", "seats.csv, line 5: the mentor `b1` stands there twice"),
        (PAIRS, SEATS + "b7,many\n", "seats.csv, line 5: `many` is no number of seats"),
        (PAIRS, SEATS + "b7,-1\n", "line 5: `-1` is no number of seats"),
    ],
    ids=lambda text: text[-20:].strip(),
)
def test_wrong_rows_are_named_with_line_and_reason(tmp_path: Path, pairs: str, seats: str, sentence: str):
    out, refused = assigned(tmp_path, pairs, seats)
    assert (refused.exit_code, out.exists()) == (1, False)
    assert sentence in refused.output


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path):
    refused = call("assign", "--pairs", tmp_path / "no.csv", "--seats", tmp_path / "no.csv", "--out", tmp_path)
    assert (refused.exit_code, "cannot be read" in refused.output) == (1, True)
    assert call("verify", tmp_path / "none").exit_code == 1


def test_no_pairs_and_no_seats_are_a_certified_empty_result(tmp_path: Path):
    for pairs, seats in (("mentee_id,mentor_id,score\n", SEATS), (PAIRS, "mentor_id,seats\nb1,0\nb2,0\nb3,0\n")):
        out, done = assigned(tmp_path, pairs, seats)
        assert done.exit_code == 0
        assert rows(out / "pairs.csv")[1:] == []
        assert call("verify", out).exit_code == 0


def test_long_decimals_are_rounded_to_a_scale_that_is_told(tmp_path: Path):
    pairs = "mentee_id,mentor_id,score\na1,b1,0.12345678901234567\na2,b1,1e-3\na2,b2,999999999\n"
    out, done = assigned(tmp_path, pairs)
    assert done.exit_code == 0, done.output
    told = json.loads((out / "certificate.json").read_text(encoding="utf-8"))
    assert 10 ** len(str(told["scale"])) == 10 * told["scale"]
    assert told["scale"] >= 10**6
    assert told["score"] == round(0.12345678901234567 * told["scale"]) + 999999999 * told["scale"]
    assert call("verify", out).exit_code == 0


def test_explain_says_why_and_why_not(tmp_path: Path):
    out, _ = assigned(tmp_path)
    assert call("explain", out, "--mentee", "a1").output.splitlines() == [
        "a1 has b2: score 800, number 2 of 2 allowed mentors.",
        "b1, score 900: with this pair the program would lose at least 700.",
    ]
    assert "not among the allowed" in call("explain", out, "--mentee", "a1", "--mentor", "b3").output
    assert "b3 has no seat" in call("explain", out, "--mentee", "a4", "--mentor", "b3").output
    assert "is their mentor" in call("explain", out, "--mentee", "a1", "--mentor", "b2").output
    assert call("explain", out, "--mentee", "nobody").exit_code == 1


def test_a_folder_that_the_disk_has_no_room_for_is_refused_before_anything_is_written(tmp_path: Path, monkeypatch):
    outcome = settle(pose(["a"], {"b": 1}, [("a", "b", 1)]), scale=1, policy_version=1)
    monkeypatch.setattr(run, "BYTES_PER_PAIR", 2**60)
    with pytest.raises(BadFile, match=r"would hold 1 pairs, some 1073741824\.0 GiB, and [0-9.]+ GiB are free"):
        run.write_run(tmp_path / "run", outcome, ())
    assert not list((tmp_path / "run").iterdir())
