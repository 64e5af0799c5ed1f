"""What Prometheus is told to read and to watch exists."""

import re
from collections.abc import Iterator
from functools import cache

from chassis.contract_docs.metrics_page import declared, names
from deploy.k8s_check.resource import Mix, matches
from deploy.k8s_check.rules.references import ports_of


@cache
def known() -> frozenset[str]:
    """The names of all series that a service offers."""
    return frozenset(name for _, metrics in declared() for each in metrics for name in names(each))


def metrics_exist(mix: Mix) -> Iterator[str]:
    for each in mix.of("PrometheusRule"):
        for rule in (rule for group in each.spec.get("groups") or [] for rule in group.get("rules") or []):
            for name in sorted(set(re.findall(r"\bmentoring_\w+", rule["expr"])) - known()):
                rule_name = rule.get("alert") or rule.get("record")
                yield each.wrong(f"the rule {rule_name} reads {name}, which no metrics.py of ours has; mend it.")


def monitor_finds_pods(mix: Mix) -> Iterator[str]:
    for each in mix.of("PodMonitor"):
        selector = each.spec.get("selector", {}).get("matchLabels") or {}
        found = [pods for pods in mix.deployments if matches(selector, pods.pod_labels)]
        if not found:
            yield each.wrong("its selector matches no pods, so nothing is read; use the labels of the pods.")
        for port in (endpoint.get("port") for endpoint in each.spec.get("podMetricsEndpoints") or []):
            if any(port not in ports_of(pods) for pods in found):
                yield each.wrong(f"it reads port {port}, which the pods do not name; use http.")
