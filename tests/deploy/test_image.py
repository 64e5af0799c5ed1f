"""What the image is made of, as far as it can be said without building it."""

import json
import re
import subprocess
import sys

import yaml

from deploy.k8s_check.registry import LONGEST_STOP
from tests.deploy.manifests import ROOT

DOCKERFILE = (ROOT / "deploy/image/Dockerfile").read_text(encoding="utf-8")
STAGES = DOCKERFILE.split("\nFROM ")


def test_the_image_runs_as_nobody_and_brings_no_package_manager_of_its_own():
    assert len(STAGES) == 3
    assert "USER 65532:65532" in STAGES[-1]
    assert "pip" not in STAGES[-1]
    assert "--without-pip" in STAGES[1]
    assert "--require-hashes --only-binary :all:" in STAGES[1]


def test_both_stages_have_the_same_base_so_that_the_interpreter_fits():
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${BASE}", "${BASE}"]


def test_pods_run_as_the_user_of_the_image():
    pod = yaml.safe_load((ROOT / "deploy/k8s/base/pod.yaml").read_text(encoding="utf-8"))

    assert pod["spec"]["template"]["spec"]["securityContext"]["runAsUser"] == 65532


def test_kernels_are_copied_from_where_the_image_has_them():
    matching = (ROOT / "deploy/k8s/base/matching.yaml").read_text(encoding="utf-8")

    assert "NUMBA_CACHE_DIR=/opt/mentoring/kernels" in DOCKERFILE
    assert "/opt/mentoring/kernels/." in matching


def test_the_bill_of_materials_names_what_is_installed():
    done = subprocess.run([sys.executable, ROOT / "deploy/image/sbom.py"], capture_output=True, text=True, check=True)
    bill = json.loads(done.stdout)

    assert bill["bomFormat"] == "CycloneDX"
    assert {"aiokafka", "asyncpg", "fastapi"} <= {each["name"] for each in bill["components"]}
    assert all(re.fullmatch(r"pkg:pypi/[a-z0-9.-]+@\S+", each["purl"]) for each in bill["components"])


def test_a_stop_takes_what_the_pages_say():
    assert LONGEST_STOP == 25
