"""Bad input through the command line, as a user hands it in: line, reason, mend, exit code 1, nothing written."""

import json
from pathlib import Path

import pytest

from services.matching.engine import memory
from services.matching.files.program import read_program
from tests.unit.test_engine_rules import ANNA, BORIS, a_profile
from tests.unit.test_matching_files import PAIRS, SEATS, assigned, call, rows
from tests.unit.test_matching_files_cohort import PROGRAM, matched

HEAD, SEATS_HEAD = "mentee_id,mentor_id,score\n", "mentor_id,seats\n"
NONE = SEATS_HEAD + "b1,0\nb2,0\nb3,0\n"


@pytest.mark.parametrize(
    ("pairs", "seats", "sentence"),
    [
        (PAIRS + "a5,b1,-0.5\n", SEATS, "pairs.csv, line 8: the score `-0.5` must be 0 or more, and 1000000000000 at"),
        (PAIRS + "a5,b1,inf\n", SEATS, "pairs.csv, line 8: the score `inf` must be 0 or more"),
        (PAIRS + "a5,b1,-Infinity\n", SEATS, "line 8: the score `-Infinity` must be 0 or more"),
        (PAIRS + "a5,b1,sNaN\n", SEATS, "line 8: the score `sNaN` must be 0 or more"),
        (PAIRS + "a5,b1,1/2\n", SEATS, "line 8: the score `1/2` is no number; write it like 0.75"),
        (PAIRS + 'a5,b1,"0,5"\n', SEATS, "line 8: the score `0,5` is no number; write it like 0.75"),
        (PAIRS + "a5,b1,\n", SEATS, "line 8: the score `` is no number; write it like 0.75"),
        (PAIRS + "a5,b1,1e13\n", SEATS, "line 8: the score `1e13` must be 0 or more, and 1000000000000 at most"),
        (PAIRS + "a5,b1,1e999999999\n", SEATS, "line 8: the score `1e999999999` must be 0 or more"),
        (PAIRS + "a2,b1,1\na2,b1,2\n", SEATS, "line 8: the same pair as in line 4; keep one of them (2 such lines)"),
        (PAIRS + "a5,b1,1,2\n", SEATS, "line 8: has 4 cells instead of 3; quote a cell that holds a `,`"),
        (PAIRS + ",b1,1\n", SEATS, "line 8: `` is no mentee_id: 1 to 200 characters"),
        (PAIRS + '"two\nlines",b1,1\n', SEATS, "line 8: `two\nlines` is no mentee_id"),
        (PAIRS + "a5,,1\n", SEATS, "line 8: `` is no mentor_id: 1 to 200 characters"),
        (PAIRS + "," * 1_000_000, SEATS, "line 8: has 1000001 cells instead of 3"),
        ("," * 1_000_000, SEATS, "pairs.csv: the first line is longer than 100000 characters"),
        (PAIRS + '"a5,b1,1\n', SEATS, "pairs.csv, line 8: cannot be read as CSV (unexpected end of data); close every"),
        (PAIRS + '"a5"x,b1,1\n', SEATS, "pairs.csv, line 8: cannot be read as CSV"),
        (PAIRS, SEATS_HEAD, "line 2: the mentor `b1` is not in the file of seats; add a line there, with 0 if"),
        (PAIRS, SEATS_HEAD + "b1,1.5\n", "seats.csv, line 2: `1.5` is no number of seats: a whole number from 0 to"),
        (PAIRS, SEATS_HEAD + "b1,-1\n", "seats.csv, line 2: `-1` is no number of seats"),
        (PAIRS, SEATS_HEAD + "b1,\n", "seats.csv, line 2: `` is no number of seats"),
        (PAIRS, SEATS_HEAD + "b1,²\n", "seats.csv, line 2: `²` is no number of seats"),
        (PAIRS, SEATS_HEAD + "b1,1000001\n", "seats.csv, line 2: `1000001` is no number of seats: a whole number"),
        (PAIRS, SEATS_HEAD + "b1,00000000001000001\n", "seats.csv, line 2: `00000000001000001` is no number of seats"),
        (PAIRS, SEATS_HEAD + "b1," + "9" * 5000, "is no number of seats: a whole number from 0 to 1000000"),
        (PAIRS, SEATS + "b1,1\n", "seats.csv, line 5: the mentor `b1` stands there twice; keep one line"),
        (PAIRS, SEATS + ",1\n", "seats.csv, line 5: `` is no mentor_id"),
        ("", SEATS, "pairs.csv is empty; its first line must name the columns mentee_id, mentor_id, score"),
        (PAIRS, "", "seats.csv is empty; its first line must name the columns mentor_id, seats"),
        (SEATS, PAIRS, "seats.csv: the first line must name the column seats once; it has ['mentee_id', 'mentor_id'"),
    ],
    ids=lambda text: text[-30:].strip(),
)
def test_scores_and_seats_that_are_wrong_are_named_with_line_and_mend(
    tmp_path: Path, pairs: str, seats: str, sentence: str
):
    out, refused = assigned(tmp_path, pairs, seats)
    assert (refused.exit_code, out.exists()) == (1, False)
    assert sentence in refused.output


def test_scores_that_cannot_be_added_up_say_so(tmp_path: Path):
    pairs = "".join(f"a{at},b{at % 4},1e12\n" for at in range(4000))
    out, refused = assigned(tmp_path, HEAD + pairs, SEATS_HEAD + "".join(f"b{at},900000\n" for at in range(4)))
    assert (refused.exit_code, out.exists()) == (1, False)
    assert "pairs.csv: the scores are too large to be added up; divide them all by the same number" in refused.output


@pytest.mark.parametrize(("encoding", "line"), [("utf-16", 1), ("latin-1", 8)])
def test_a_file_that_is_not_utf8_is_named_with_the_line(tmp_path: Path, encoding: str, line: int):
    assigned(tmp_path)
    (tmp_path / "pairs.csv").write_bytes((PAIRS + "jürgen,b1,1\n").encode(encoding))
    paths = ("--pairs", tmp_path / "pairs.csv", "--seats", tmp_path / "seats.csv", "--out", tmp_path / "OTHER")
    refused = call("assign", *paths)
    assert (refused.exit_code, (tmp_path / "OTHER").exists()) == (1, False)
    assert f"pairs.csv, line {line}: is not UTF-8; save the file as UTF-8" in refused.output


def test_a_result_that_cannot_be_written_is_a_sentence_and_a_missing_option_wrong_use(tmp_path: Path):
    assigned(tmp_path)
    given = ("--pairs", tmp_path / "pairs.csv", "--seats", tmp_path / "seats.csv")
    refused = call("assign", *given, "--out", tmp_path / "pairs.csv")
    assert (refused.exit_code, "pairs.csv cannot be written or read: File exists" in refused.output) == (1, True)
    assert call("assign", *given).exit_code == 2


@pytest.mark.parametrize(
    ("pairs", "seats"),
    [
        ("\ufeff" + PAIRS, "\ufeff" + SEATS),
        (PAIRS.replace("\n", "\r\n"), SEATS.replace("\n", "\r\n")),
        (PAIRS.replace(",", ";"), SEATS.replace(",", ";")),
        (PAIRS.replace(",", "\t"), SEATS),
        ("\ufeff" + PAIRS.replace(",", ";").replace("\n", "\r\n"), SEATS + "\n\n"),
        ('"mentee_id","mentor_id","score"\n' + PAIRS.removeprefix(HEAD), SEATS.replace("b3,0", '"b3","000"')),
        (PAIRS + '"Smith, J.",b3,1e-999999999\n', SEATS),
    ],
    ids=["mark", "CRLF", "semicolons", "tabs", "all of it", "quotes", "a comma in a name"],
)
def test_whatever_spreadsheets_write_is_read_alike(tmp_path: Path, pairs: str, seats: str):
    out, done = assigned(tmp_path, pairs, seats)
    assert done.exit_code == 0, done.output
    assert rows(out / "pairs.csv")[1:] == [["a1", "b2", "800"], ["a2", "b1", "800"]]
    assert call("verify", out).exit_code == 0
    assert ('"Smith, J.",seats-taken\n' in (out / "unmatched.csv").read_text()) == ("Smith" in pairs)


@pytest.mark.parametrize(
    ("pairs", "seats", "why"),
    [
        (PAIRS, NONE, "nobody is matched: no mentor who takes part has a free seat"),
        (HEAD, SEATS, "nobody is matched: no mentee takes part"),
        (HEAD, SEATS_HEAD, "nobody is matched: no mentee takes part"),
    ],
)
def test_an_empty_result_is_certified_and_says_why(tmp_path: Path, pairs: str, seats: str, why: str):
    out, done = assigned(tmp_path, pairs, seats)
    assert (done.exit_code, why in done.output) == (0, True)
    told = json.loads((out / "certificate.json").read_text())
    assert (told["matched"], told["matched_bound"], told["score_bound"], told["gap_ppm"]) == (0, 0, 0, 0)
    assert call("verify", out).exit_code == 0


def test_a_cohort_in_which_nobody_may_meet_is_certified_and_says_why_of_each(tmp_path: Path):
    out, done = matched(tmp_path, PROGRAM.replace("min_overlap_hours = 2", "min_overlap_hours = 24"))
    assert (done.exit_code, "nobody is matched: no pair is allowed; unmatched.csv says why" in done.output) == (0, True)
    told = dict(rows(out / "unmatched.csv")[1:])
    assert told["anna"].startswith("No mentor may be proposed; for 1 of 1: ")
    assert "working hours" in told["anna"]
    assert call("verify", out).exit_code == 0
    out, done = matched(tmp_path, PROGRAM.replace("[rules]", 'functions = ["legal"]\n[rules]'))
    assert (done.exit_code, "nobody is matched: no mentee takes part" in done.output) == (0, True)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("[weights]\nneed = 0.5", "program.toml: weights: the weights add up to 1.16; make them add up to 1"),
        ("[weights]\nneed = nan", "weights.need: Input should be less than or equal to 1"),
        ("[weights]\nluck = 0.1", "weights.luck: leave this out; there is no such field here"),
        ("[rules]\nfavour = 1", "rules.favour: leave this out; there is no such field here"),
        ("[rule]\nsame_team = true", "rule: leave this out; there is no such field here"),
        ("[rules]\nseniority_gap = [3, 1]", "rules: seniority_gap goes from 3 to 1; give the smaller number first"),
        ("[rules]\nseniority_gap = [1, 99]", "levels are at most 14 apart, so give -14 to 14"),
        ("[rules]\nmin_overlap_hours = 25", "rules.min_overlap_hours: Input should be less than or equal to 24"),
        ("ends_on = 2027-01-01", "ends_on: the program would end before it starts on 2027-01-11; give a later day"),
        ("ends_on = 2027-03-01\nlength_weeks = 3", "ends_on: give length_weeks or ends_on, not both"),
        ("ends_on = 2099-03-01", "ends_on: from starts_on to ends_on are 3764 weeks; a program has 260 at most"),
        ("checkin_days = [45, 14]", "checkin_days: give the days after the start in rising order, like [14, 45]"),
        ("checkin_days = [0, 14]", "checkin_days: give days from 1 to 1820 after the start"),
        ("cadence = 5\nmeeting_every_days = 7", "cadence: Input should be a valid dictionary"),
        ("starts_on = 2027-02-30", "cannot be read as TOML: "),
        ("starts_on = 9999-12-31", "starts_on: give a day from 2000-01-01 to 2199-12-31"),
    ],
)
def test_programs_that_make_no_sense_are_refused_with_field_and_mend(tmp_path: Path, line: str, sentence: str):
    begins = "" if line.startswith("starts_on") else "starts_on = 2027-01-11\n"
    out, refused = matched(tmp_path, f'name = "spring"\n{begins}{line}\n')
    assert (refused.exit_code, out.exists()) == (1, False)
    assert sentence in refused.output


def test_a_program_may_say_its_last_day_instead_of_its_weeks(tmp_path: Path):
    (tmp_path / "program.toml").write_text('name = "spring"\nstarts_on = 2027-01-11\nends_on = 2027-03-01\n')
    assert read_program(tmp_path / "program.toml").length_weeks == 7


def test_a_floor_that_cannot_be_met_says_what_is_possible(tmp_path: Path):
    out, done = matched(tmp_path, f"{PROGRAM}min_score = 10000000\n")
    assert done.exit_code == 0
    assert "no pair reaches it, the best scores 8076666" in done.output
    assert "8076666" in dict(rows(out / "unmatched.csv")[1:])["anna"]
    assert call("verify", out).exit_code == 0


def test_what_does_not_fit_into_memory_is_refused_before_it_begins_with_the_number(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 100)
    out, refused = assigned(tmp_path)
    assert (refused.exit_code, out.exists()) == (1, False)
    assert "7 lines of scores may need 0.0 GiB of memory and 0.0 GiB are free; give the process more" in refused.output
    more = [a_profile(f"x{at}", "mentee", **ANNA).body() for at in range(9)]
    out, refused = matched(tmp_path, PROGRAM, "\n".join([*more, a_profile("b", "mentor", **BORIS).body()]))
    assert (refused.exit_code, out.exists()) == (1, False)
    assert "22 pairs of mentee and mentor may need 0.0 GiB of memory and 0.0 GiB are free" in refused.output
