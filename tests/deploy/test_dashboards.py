"""Dashboards ask for metrics that there are, and have something of every service and of every metric of ours."""

import re

import pytest
import yaml

from chassis.contract_docs.metrics_page import declared, names
from deploy.grafana.dashboards import dashboards
from deploy.local.roles import SERVICES
from deploy.prometheus.rules import groups
from tests.deploy.manifests import ROOT

BOARDS = dashboards()
OURS = re.compile(r"\bmentoring_\w+|\bservice:\w+:\w+")


def queries() -> list[str]:
    return [
        target["expr"] for board in BOARDS.values() for panel in board["panels"] for target in panel.get("targets", ())
    ]


def test_there_is_an_overview_one_for_each_service_and_one_for_cohorts():
    assert set(BOARDS) == {"overview", "cohorts", *SERVICES}


def test_queries_ask_for_what_there_is():
    known = {name for _, metrics in declared() for each in metrics for name in names(each)}
    known |= {rule["record"] for group in groups() for rule in group["rules"] if "record" in rule}
    assert {name for query in queries() for name in OURS.findall(query)} - known == set()


def test_every_metric_is_on_a_dashboard():
    shown = {name for query in queries() for name in OURS.findall(query)}
    assert [names(each)[0] for _, metrics in declared() for each in metrics if not shown & set(names(each))] == [
        "mentoring_build_info"
    ]


@pytest.mark.parametrize("name", BOARDS)
def test_a_panel_says_what_it_shows(name):
    panels = [panel for panel in BOARDS[name]["panels"] if panel["type"] != "row"]
    assert all(panel["title"] and panel["description"].endswith(".") and panel["targets"] for panel in panels)
    assert len({panel["id"] for panel in BOARDS[name]["panels"]}) == len(BOARDS[name]["panels"])


def test_the_sidecar_of_grafana_finds_each():
    file = ROOT / "deploy/k8s/components/prometheus/dashboards.yaml"
    found = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    assert [each["metadata"]["labels"] for each in found] == [{"grafana_dashboard": "1"}] * len(BOARDS)
