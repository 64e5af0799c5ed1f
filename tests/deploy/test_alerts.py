"""Alerts are written for people, lead into the runbook, and each is seen to fire and not to fire by promtool."""

import re
import shutil
import subprocess
from functools import cache

import pytest
import yaml
from prometheus_client import generate_latest

from chassis.contract_docs.metrics_page import declared, names
from deploy.prometheus.rules import FILES, TESTS, alerts, groups, hurried
from tests.deploy.manifests import ROOT

RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
ANCHORS = {
    re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    for heading in re.findall(r"^#+ (.*)$", RUNBOOK, re.MULTILINE)
}
OURS = re.compile(r"\bmentoring_\w+")
NAMES = [rule["alert"] for rule in alerts()]
needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool is not on PATH: apt-get install --no-install-recommends prometheus"
)


@cache
def expectations() -> dict[str, set[bool]]:
    """For each alert, whether a test expects it to fire, and whether one expects it not to."""
    found: dict[str, set[bool]] = {}
    for file in TESTS.glob("*.yaml"):
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]:
            for case in test.get("alert_rule_test", ()):
                found.setdefault(case["alertname"], set()).add(bool(case["exp_alerts"]))
    return found


@pytest.mark.parametrize("alert", alerts(), ids=NAMES)
def test_an_alert_says_in_words_what_it_means_and_where_to_read_on(alert):
    said = alert["annotations"]
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert set(said) == {"summary", "description", "runbook_url"}
    assert all(said[part].endswith(".") for part in ("summary", "description"))
    page, _, anchor = said["runbook_url"].partition("#")
    assert page.endswith("/docs/runbook.md")
    assert anchor == alert["alert"].lower()
    assert anchor in ANCHORS


def test_each_alert_has_its_own_name():
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_of_the_runbook_has_its_four_parts(name):
    entry = re.split(r"^##+ ", RUNBOOK.split(f"# {name}\n", 1)[1], flags=re.MULTILINE)[0]
    places = [entry.find(part) for part in ("**For people:**", "**Look.**", "**Mend.**", "**Over**")]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("name", NAMES)
def test_each_alert_has_a_case_that_fires_and_one_that_does_not(name):
    assert expectations().get(name) == {True, False}


def test_rules_read_only_metrics_that_there_are():
    known = {name for _, metrics in declared() for each in metrics for name in names(each)}
    read = {name for group in groups() for rule in group["rules"] for name in OURS.findall(rule["expr"])}
    assert read - known == set()


def test_a_hurry_shortens_every_window_and_every_patience_and_nothing_else():
    for calm, quick in zip(groups(), hurried(20), strict=True):
        for before, after in zip(calm["rules"], quick["rules"], strict=True):
            assert after.keys() == before.keys()
            assert re.sub(r"\[\w+\]", "[]", after["expr"]) == re.sub(r"\[\w+\]", "[]", before["expr"])
    quick = {rule["alert"]: rule for rule in alerts(hurried(20))}
    assert quick["MentoringOutboxStandsStill"]["for"] == "6s"
    assert "[45s]" in quick["MentoringProcessRestartsOften"]["expr"]


@needs_promtool
def test_promtool_takes_every_rule_also_in_a_hurry(tmp_path):
    quick = tmp_path / "hurried.yaml"
    quick.write_text(yaml.safe_dump({"groups": hurried(20)}))
    _promtool("check", "rules", *map(str, FILES), str(quick))


@needs_promtool
def test_promtool_sees_each_alert_fire_and_not_fire():
    _promtool("test", "rules", *(str(file) for file in sorted(TESTS.glob("*.yaml"))))


@needs_promtool
def test_promtool_finds_nothing_wrong_with_the_names_of_metrics():
    list(declared())
    _promtool("check", "metrics", given=generate_latest())


def _promtool(*words: str, given: bytes | None = None) -> None:
    ran = subprocess.run(["promtool", *words], input=given, capture_output=True, check=False, timeout=300)
    assert (ran.returncode, ran.stderr) == (0, b""), (ran.stdout + ran.stderr).decode()
