"""What Prometheus is told to read and to watch exists."""

import re
from collections.abc import Iterator
from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from chassis import metrics
from deploy.k8s_check.resource import Mix, matches
from deploy.k8s_check.rules.references import ports_of

_ENDINGS: dict[type, tuple[str, ...]] = {
    Gauge: ("",),
    Counter: ("_total",),
    Histogram: ("_bucket", "_count", "_sum"),
}


@cache
def known() -> frozenset[str]:
    """The names of all series that a service offers."""
    found = [each for each in vars(metrics).values() if isinstance(each, Gauge | Counter | Histogram)]
    return frozenset(next(iter(each.describe())).name + ending for each in found for ending in _ENDINGS[type(each)])


def metrics_exist(mix: Mix) -> Iterator[str]:
    for each in mix.of("PrometheusRule"):
        for rule in (rule for group in each.spec.get("groups") or [] for rule in group.get("rules") or []):
            for name in sorted(set(re.findall(r"\bmentoring_\w+", rule["expr"])) - known()):
                yield each.wrong(
                    f"the alert {rule.get('alert')} reads {name}, which chassis/metrics.py has not; mend it."
                )


def monitor_finds_pods(mix: Mix) -> Iterator[str]:
    for each in mix.of("PodMonitor"):
        selector = each.spec.get("selector", {}).get("matchLabels") or {}
        found = [pods for pods in mix.deployments if matches(selector, pods.pod_labels)]
        if not found:
            yield each.wrong("its selector matches no pods, so nothing is read; use the labels of the pods.")
        for port in (endpoint.get("port") for endpoint in each.spec.get("podMetricsEndpoints") or []):
            if any(port not in ports_of(pods) for pods in found):
                yield each.wrong(f"it reads port {port}, which the pods do not name; use http.")
