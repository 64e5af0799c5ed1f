"""Two runs held against each other: who keeps, changes, gains and loses a mentor."""

import json
from pathlib import Path

from tests.unit.test_matching_files import call


def a_run(folder: Path, pairs: str, seats: str) -> Path:
    folder.mkdir()
    (folder / "pairs.in").write_text(f"mentee_id,mentor_id,score\n{pairs}", encoding="utf-8")
    (folder / "seats.in").write_text(f"mentor_id,seats\n{seats}", encoding="utf-8")
    out = folder / "RUN"
    done = call("assign", "--pairs", folder / "pairs.in", "--seats", folder / "seats.in", "--out", out)
    assert done.exit_code == 0, done.output
    return out


def changed(mentee: str, now: str | None, then: str | None, score_now: int | None, score_then: int | None):
    gains = None if score_now is None or score_then is None else score_then - score_now
    names = {"mentee_id": mentee, "mentor_now": now, "mentor_then": then}
    return names | {"score_now": score_now, "score_then": score_then, "difference": gains}


def test_everybody_is_told_once_and_both_are_valued_alike(tmp_path: Path):
    before = a_run(tmp_path / "a", "a,x,5\nb,y,5\nc,z,5\nd,w,1\n", "x,1\ny,1\nz,1\nw,1\n")
    after = a_run(tmp_path / "b", "a,x,7\nb,y,1\nb,z,4\ne,y,3\nd,v,2\n", "x,1\ny,1\nz,1\nv,0\n")
    found = json.loads(call("compare", before, after, "--json").output)
    assert found["changes"] == [
        changed("b", "y", "z", 1, 4),
        changed("c", "z", None, None, None),
        changed("d", "w", None, None, None),
        changed("e", None, "y", None, 3),
    ]
    assert {name: found[name] for name in ("keep", "change", "gain", "lose", "forbidden")} == {
        "keep": 1,
        "change": 1,
        "gain": 1,
        "lose": 2,
        "forbidden": 2,
    }
    assert (found["score_now"], found["score_then"]) == (7 + 1, 7 + 4 + 3)
    assert found["now"] == {
        "mentees": 4,
        "seats": 4,
        "allowed_pairs": 4,
        "matched": 4,
        "coverage_ppm": 1_000_000,
        "score": 16,
        "mean_score": 4,
    }
    assert found["then"] | {"allowed_pairs": 5, "matched": 3, "coverage_ppm": 750_000, "mean_score": 4} == found["then"]
    said = call("compare", before, after).output
    assert "1 keep their mentor, 1 get another one, 1 get one who had none, 2 lose theirs." in said
    assert "(2 of them are not allowed there)" in said
    assert f"{after}, by its own scores: 3 of 4 matched (75.0 %), mean score 4, 5 allowed pairs." in said


def test_a_run_against_itself_changes_nothing(tmp_path: Path):
    run = a_run(tmp_path / "a", "a,x,5\nb,x,6\n", "x,1\n")
    found = json.loads(call("compare", run, run, "--json").output)
    assert (found["keep"], found["changes"], found["gain"], found["lose"]) == (1, [], 0, 0)
    assert found["score_now"] == found["score_then"]


def test_a_folder_that_holds_no_run_is_said(tmp_path: Path):
    done = call("compare", tmp_path, tmp_path)
    assert done.exit_code == 1
    assert "pairs.csv, line 1" in done.output
