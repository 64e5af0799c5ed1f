"""The matching bench at its smallest: no time is judged here, only that everybody plays and it can be written."""

import json

from tests.bench import results
from tests.bench.matching import __main__ as bench
from tests.bench.matching import packages, tables
from tests.bench.matching.curves import draw
from tests.bench.matching.targets import TARGETS, Found, lines


def test_the_bench_lets_everybody_play_and_writes_what_it_found(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(packages, "installed", lambda: False)  # it comes from an index
    bench.main(bench.wanted(["--quick"]))
    told = json.loads((tmp_path / "matching-quick.json").read_text())
    part = told["rows"]
    found = Found(part["rows"], part["judged"], part["elsewhere"])

    proven = {row["ratio"]: row["score"] for row in found.rows if row["who"] == "ours"}
    exact = [row for row in found.rows if row["who"] in ("scipy_dense", "scipy_sparse", "ortools")]
    assert {row["ratio"] for row in exact} == proven.keys() == {1.1, 0.9}
    assert all(row["score"] == proven[row["ratio"]] for row in exact)
    assert all(row.get("loss_ppm", 0) >= 0 for row in found.rows)

    verdicts = {line[0]: line[3] for line in lines(found)}
    assert verdicts.keys() == {target.id for target in TARGETS}
    assert {verdicts[asked] for asked in ("M1", "M2", "M3", "M9", "M11", "M12")} == {"met"}
    assert all(
        row["who"] in tables.side_by_side(told["on"], found) or "|" in tables.graphs(found) for row in found.rows
    )
    draw(found, part["converging"], tmp_path / "picture.svg")
    assert (tmp_path / "picture.svg").stat().st_size > 0
