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


def test_everybody_is_told_once_and_both_are_valued_alike(tmp_path: Path):
    before = a_run(tmp_path / "a", "a,x,5\nb,y,5\nc,z,5\nd,w,1\n", "x,1\ny,1\nz,1\nw,1\n")
    after = a_run(tmp_path / "b", "a,x,7\nb,y,1\nb,z,4\ne,y,3\nd,v,2\n", "x,1\ny,1\nz,1\nv,0\n")
    found = json.loads(call("compare", before, after, "--json").output)
    assert found == {
        "keep": ["a"],
        "change": [["b", "y", "z"]],
        "gain": [["e", "y"]],
        "lose": [["c", "z"], ["d", "w"]],
        "forbidden": [["c", "z"], ["d", "w"]],
        "score_before": 7 + 1,
        "score_after": 7 + 4 + 3,
    }
    said = call("compare", before, after).output
    assert "1 keep their mentor, 1 get another one, 1 get one who had none, 2 lose theirs." in said
    assert "(2 of them are not allowed there)" in said


def test_a_run_against_itself_changes_nothing(tmp_path: Path):
    run = a_run(tmp_path / "a", "a,x,5\nb,x,6\n", "x,1\n")
    found = json.loads(call("compare", run, run, "--json").output)
    assert (found["keep"], found["change"], found["gain"], found["lose"]) == (["b"], [], [], [])
    assert found["score_before"] == found["score_after"]


def test_a_folder_that_holds_no_run_is_said(tmp_path: Path):
    done = call("compare", tmp_path, tmp_path)
    assert done.exit_code == 1
    assert "pairs.csv, line 1" in done.output
