"""The rules and dashboards of deploy/prometheus and deploy/grafana as resources of the operators."""

import json

from deploy.grafana.dashboards import dashboards
from deploy.k8s_check.texts import yaml_of
from deploy.prometheus.rules import groups

SIDECAR = {"grafana_dashboard": "1"}
"""The label by which Grafana's sidecar finds dashboards."""


def prometheus_rule() -> str:
    """PrometheusRule with all groups."""
    metadata = {"name": "mentoring"}
    rule = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": metadata}
    return yaml_of([{**rule, "spec": {"groups": groups()}}])


def dashboard_config_maps() -> str:
    """A ConfigMap for each dashboard; its JSON on one line, since nobody reads it here."""
    return yaml_of(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"dashboard-{name}", "labels": SIDECAR},
            "data": {f"mentoring-{name}.json": json.dumps(board, separators=(",", ":"), ensure_ascii=False)},
        }
        for name, board in dashboards().items()
    )
