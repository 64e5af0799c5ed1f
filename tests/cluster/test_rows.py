"""Every row is written down however it ends, and a good pod that goes is noticed."""

import json
from dataclasses import asdict, replace

import pytest

from tests.cluster.judge import MUST_BE_ZERO, MUST_HAVE_HAPPENED, look_at
from tests.cluster.page import PAGE, replaced, section
from tests.cluster.platform import DEPLOYMENTS, Platform, Pod, pod_of
from tests.cluster.problems import Broken
from tests.cluster.rows import BROKEN, HELD, NOT_RUN, NotRun, Row, markdown, passed, write_report

POD = Pod(
    "profiles-api-1", "1", "profiles-api", ready=True, restarts=0, image="m:1", node="n", leaving=False, serving=True
)


@pytest.mark.parametrize(
    ("end", "verdict"),
    [(None, HELD), (Broken("two pods"), BROKEN), (NotRun("say how"), NOT_RUN), (KeyError("surprise"), BROKEN)],
)
def test_a_row_is_written_down_however_it_ends(end, verdict):
    row = Row("a fault")
    with row.recorded():
        if end:
            raise end
    assert row.verdict == verdict
    assert (end is None) == (row.reason == "")


def test_one_broken_row_fails_the_run_and_one_that_was_not_run_does_not(tmp_path):
    held, broken, missing = Row("a"), Row("b", verdict=BROKEN), Row("c", verdict=NOT_RUN)
    assert passed([held, missing])
    assert not passed([held, broken])
    assert not passed([missing])
    write_report(tmp_path / "report.json", {"image": "m:1"}, [held, broken])
    said = json.loads((tmp_path / "report.json").read_text())
    assert (said["passed"], [row["verdict"] for row in said["rows"]]) == (False, [HELD, BROKEN])


def test_the_table_for_the_page_has_a_line_for_each_row():
    lines = markdown([Row("a", "x|y", ["seen\nmore"], 1.4)]).splitlines()
    assert lines[2:] == ["| a: x/y | seen more | 1 | held |"]


def test_the_page_takes_the_table_of_a_run_between_its_marks():
    report = {
        "at": "2026-11-28T01:00:00",
        "kubernetes": "v1",
        "nodes": 1,
        "requests": "straight",
        "rows": [asdict(Row("a"))],
    }
    shown = replaced(PAGE.read_text(encoding="utf-8"), section(report))
    assert "Kubernetes v1 with one node" in shown
    assert "| a |  | 0 | held |" in shown


@pytest.fixture
def platform(tmp_path):
    return Platform("one", tmp_path)


def test_the_fewest_ready_pods_are_remembered(platform):
    two = [POD, replace(POD, uid="2")]
    for pods in (two, [POD, replace(POD, uid="2", leaving=True)], two):
        platform.note(pods)
    assert platform.lowest["profiles-api"] == 1
    assert "profiles-api had 1" in platform.fewer_than(2)
    assert len(platform.fewer_than(2)) == len(DEPLOYMENTS)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ([POD], None),
        ([], "profiles-api-1 is not ready any more"),
        ([replace(POD, ready=False)], "profiles-api-1 is not ready any more"),
        ([replace(POD, restarts=1)], "profiles-api-1 was started anew"),
        ([POD, replace(POD, uid="2", ready=False)], None),
    ],
)
async def test_a_good_pod_that_a_bad_rollout_takes_down_is_noticed(platform, monkeypatch, now, said):
    looks = iter([[POD], now])

    async def pods(self):
        return next(looks)

    monkeypatch.setattr(Platform, "pods", pods)
    if said is None:
        async with platform.good_pods_stay():
            pass
    else:
        with pytest.raises(Broken, match=said):
            async with platform.good_pods_stay():
                pass


def test_a_pod_is_read_from_what_the_cluster_says():
    labels = {"app.kubernetes.io/name": "matching", "app.kubernetes.io/component": "worker"}
    crashed = {"name": "service", "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    body = {
        "metadata": {"name": "w", "uid": "7", "labels": labels, "deletionTimestamp": "2026-11-28T00:00:00Z"},
        "spec": {"nodeName": "n", "containers": [{"name": "service", "image": "m:2"}]},
        "status": {"conditions": [{"type": "Ready", "status": "False"}], "containerStatuses": [crashed]},
    }
    assert pod_of(body) == Pod(
        *("w", "7", "matching-worker"), ready=False, restarts=2, image="m:2", node="n", leaving=True, serving=False,
        trouble="CrashLoopBackOff",
    )  # fmt: skip


def test_a_life_in_which_nobody_met_is_not_whole():
    report = dict.fromkeys(MUST_BE_ZERO, 0) | dict.fromkeys(MUST_HAVE_HAPPENED, 3)
    look_at(report, Row("life"))
    for wrong in ({"meetings_held": 0}, {"parked": 1}, {"outbox_pending": 2}):
        with pytest.raises(Broken):
            look_at(report | wrong, Row("life"))
