"""Twelve mistakes, and some more, that a newcomer makes: each is refused with a sentence that names file and mend."""

import re

import pytest

from tests.deploy.manifests import needs_go, needs_kustomize

pytestmark = needs_kustomize
MATCHING = "base/matching.yaml"
LABELS = "app.kubernetes.io/name: matching, app.kubernetes.io/component"

PLANTED = {
    "wrong selector": (
        MATCHING,
        f"matchLabels: {{{LABELS}: api}}",
        f"matchLabels: {{{LABELS}: apy}}",
        r"base/matching\.yaml.*matching-api: its selector .*=apy.* does not match its pods; use .*component=api",
    ),
    "request above limit": (
        MATCHING,
        "requests: {cpu: 500m, memory: 512Mi,",
        "requests: {cpu: 500m, memory: 3Gi,",
        r"base/matching\.yaml.*matching-worker: container service requests memory 3Gi above its limit 2Gi; lower",
    ),
    "missing secret": (
        MATCHING,
        "name: kafka-matching, key",
        "name: kafka-matcher, key",
        r"base/matching\.yaml.*reads the Secret kafka-matcher, which nothing in this mix makes; add the component",
    ),
    "missing key of a secret": (
        MATCHING,
        "name: postgres-matching-app, key: password",
        "name: postgres-matching-app, key: passwd",
        r"base/matching\.yaml.*reads passwd of the Secret postgres-matching-app, which holds password, username",
    ),
    "privileged": (
        MATCHING,
        "allowPrivilegeEscalation: false",
        "allowPrivilegeEscalation: true\n            privileged: true",
        r"base/matching\.yaml.*container kernels may do more than .*; set securityContext privileged: false",
    ),
    "probe port": (
        "base/pod.yaml",
        "httpGet: {path: /health/ready, port: http}",
        "httpGet: {path: /health/ready, port: web}",
        r"base/matching\.yaml \(or pod\.yaml.*its readinessProbe asks port web, which no container has; use one of",
    ),
    "topic missing in ACLs": (
        "components/strimzi/users.yaml",
        "name: engagement.relationship.v1",
        "name: engagement.relation.v1",
        r"strimzi/users\.yaml: KafkaUser kafka-matching: it may not Read topic engagement\.relationship\.v1.*make docs",
    ),
    "target of the autoscaler": (
        MATCHING,
        "kind: Deployment, name: matching-api}",
        "kind: Deployment, name: matching}",
        r"base/matching\.yaml: .*Autoscaler matching-api: its target Deployment matching does not exist; mend",
    ),
    "policy that matches nothing": (
        "components/prometheus/network.yaml",
        "app.kubernetes.io/part-of: mentoring",
        "app.kubernetes.io/part-of: mentors",
        r"prometheus/network\.yaml: NetworkPolicy prometheus: its podSelector matches no pods, .*; use the labels",
    ),
    "budget that blocks": (
        MATCHING,
        "maxUnavailable: 1\n",
        "minAvailable: 2\n",
        r"base/matching\.yaml: PodDisruptionBudget matching-api: it keeps all 2 pods .*; say maxUnavailable: 1 instead",
    ),
    "name that no field of the settings has": (
        "overlays/prod/kustomization.yaml",
        "MENTORING_TOKEN_ISSUER=",
        "MENTORING_TOKEN_ISSUERS=",
        r"base/matching\.yaml.*is given MENTORING_TOKEN_ISSUERS, which no .* did you mean MENTORING_TOKEN_ISSUER\?",
    ),
    "setting that is missing": (
        "overlays/prod/kustomization.yaml",
        "- MENTORING_JWKS_URL=https://login.example.com/oauth2/keys",
        "- MENTORING_LOG_LEVEL=debug",
        r"base/matching\.yaml.*could not start: .*MENTORING_JWKS_URL: Field required.* Mend the ConfigMap",
    ),
    "grace shorter than a stop": (
        "base/worker.yaml",
        "terminationGracePeriodSeconds: 40",
        "terminationGracePeriodSeconds: 20",
        r"base/matching\.yaml.*its grace is shorter than a stop: .* set terminationGracePeriodSeconds to 30 or more",
    ),
    "port that the container does not serve": (
        MATCHING,
        'services.matching, serve, --role, api, --host, 0.0.0.0, --port, "8000"',
        'services.matching, serve, --role, api, --host, 0.0.0.0, --port, "8080"',
        r"base/matching\.yaml.*its arguments say --port 8080, the rest of it 8000; make them agree",
    ),
    "service without pods": (
        MATCHING,
        f"selector: {{{LABELS}: api}}",
        f"selector: {{{LABELS}: app}}",
        r"base/matching\.yaml: Service matching: its selector matches no pods; use the labels",
    ),
    "volume that is none": (
        MATCHING,
        "        - name: kernels\n          emptyDir",
        "        - name: kernel\n          emptyDir",
        r"base/matching\.yaml.*mounts kernels, which is no volume of the pod; add it or use one of",
    ),
    "topic that is in no registry": (
        "components/strimzi/topics.yaml",
        "name: matching.run.v1",
        "name: matching.runs.v1",
        r"strimzi/topics\.yaml: KafkaTopic: topic matching\.runs\.v1: it is in no registry; run `make docs`",
    ),
    "metric that is none": (
        "components/prometheus/rules.yaml",
        "mentoring_timers_late_seconds",
        "mentoring_timers_lateness",
        r"prometheus/rules\.yaml.*reads mentoring_timers_lateness, which no metrics\.py of ours has; mend it",
    ),
    "collector that cannot be reached": (
        "components/opentelemetry/network.yaml",
        "port: 4318",
        "port: 4317",
        r"no NetworkPolicy lets it reach the OpenTelemetry Collector on port 4318; add an egress rule",
    ),
    "share of traces above one": (
        "components/opentelemetry/kustomization.yaml",
        "OTEL_TRACES_SAMPLER_ARG=0.1",
        "OTEL_TRACES_SAMPLER_ARG=10",
        r"could not start: .*OTEL_TRACES_SAMPLER_ARG: Input should be less than or equal to 1 Mend",
    ),
    "too few connections": (
        "components/cloudnative-pg/cluster.yaml",
        'max_connections: "600"',
        'max_connections: "200"',
        r"cluster\.yaml: Cluster postgres: it takes 200 connections, .* may want \d+; raise max_connections",
    ),
    "replicas beside a scaler": (
        MATCHING,
        "spec:\n  selector:\n",
        "spec:\n  replicas: 3\n  selector:\n",
        r"base/matching\.yaml.*matching-api: it says replicas although it is scaled.*; take replicas out",
    ),
    "arrow that is missing": (
        "components/strimzi/network.yaml",
        "port: 9093",
        "port: 9092",
        r"base/matching\.yaml.*no NetworkPolicy lets it reach Kafka .* on port 9093; add an egress rule",
    ),
}

BY_SCHEMA = {
    "unknown field": (
        MATCHING,
        "serviceAccountName: matching",
        "serviceAccount_name: matching",
        r"base/matching\.yaml.*matching-api: .*'serviceAccount_name' was unexpected.*; mend it as the schema",
    ),
    "unknown field of an operator": (
        "components/strimzi/users.yaml",
        "authentication:",
        "authenticate:",
        r"strimzi/users\.yaml: KafkaUser kafka-profiles: spec: .*'authenticate' was unexpected.*; mend it",
    ),
    "wrong version": (
        MATCHING,
        "apiVersion: autoscaling/v2",
        "apiVersion: autoscaling/v2beta2",
        r"base/matching\.yaml: .* matching-api: apiVersion autoscaling/v2beta2 has no such kind; use autoscaling/v1",
    ),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_refused_with_file_and_mend(manifests, mistake):
    file, old, new, sentence = PLANTED[mistake]
    manifests.plant(file, old, new)

    said = manifests.said()

    assert any(re.search(sentence, each) for each in said), said


@needs_go
@pytest.mark.parametrize("mistake", BY_SCHEMA)
def test_what_a_schema_forbids_is_refused_with_file_and_mend(manifests, mistake):
    file, old, new, sentence = BY_SCHEMA[mistake]
    manifests.plant(file, old, new)

    said = manifests.said_by_schemas()

    assert any(re.search(sentence, each) for each in said), said


def test_a_secret_that_two_components_make_is_refused(manifests):
    both = ("strimzi", "cloudnative-pg", "external-secrets", "external-secrets/kafka")

    said = manifests.said(both)

    assert any("the Secret kafka-matching is made twice; leave out one" in each for each in said)


def test_an_overlay_that_says_no_database_is_refused(manifests):
    manifests.plant("overlays/prod/kustomization.yaml", "- POSTGRES_ADDRESS=", "- POSTGRES=")

    said = manifests.said(None)

    assert any("MENTORING_DATABASE_URL needs POSTGRES_ADDRESS, which is in no ConfigMap" in each for each in said)


def test_a_mix_without_a_way_to_the_database_is_refused(manifests):
    said = manifests.said(("strimzi", "external-secrets"))

    assert any("no NetworkPolicy lets it reach PostgreSQL on port 5432; add an egress rule" in each for each in said)


def test_your_own_servers_are_where_the_overlay_says_and_operators_where_their_component_says(manifests):
    changed = (("kafka.example.com:9093", "kafka.corp:9094"), ("postgres.example.com:5432", "pg.corp:5432"))
    for old, new in changed:
        manifests.plant("overlays/prod/kustomization.yaml", old, new)

    own = manifests.addresses(None)
    operators = manifests.addresses(("strimzi", "cloudnative-pg", "external-secrets"))

    assert own == ("kafka.corp:9094", "pg.corp:5432")
    assert operators == ("mentoring-kafka-bootstrap:9093", "postgres-rw:5432")
