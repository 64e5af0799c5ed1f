"""What the image is made of, as far as it can be said without building it."""

import json
import os
import re
import runpy
import subprocess
import sys
import tempfile

import pytest
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


def test_packages_and_our_code_are_layers_of_their_own():
    copied = re.findall(r"^COPY --from=build (\S+) (\S+)", STAGES[-1], re.MULTILINE)

    assert copied == [("/layers/packages/", "/"), ("/layers/ours/", "/")]


def test_everything_that_is_copied_into_the_build_is_let_in():
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(\S+?)/? ", DOCKERFILE, re.MULTILINE)

    assert set(copied) == let_in


def test_what_is_asked_of_or_tools_and_scikit_learn_needs_no_pandas():
    asked = (
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] == 'pandas': raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "from services.matching.engine.flow import flow\n"
        "from services.matching.engine.meaning import fitted\n"
        "print(fitted(['to lead a team']).encode(['to lead']).shape)"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "uninstall --yes pandas" in DOCKERFILE
    assert done.stdout.startswith("(1, ")


@pytest.fixture
def start(tmp_path, monkeypatch):
    """The image's first words, in a place that has kernels."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    module = runpy.run_path(str(ROOT / "deploy/image/start.py"))
    built = tmp_path / "kernels/engine_1"
    built.mkdir(parents=True)
    (built / "scan.nbc").write_text("compiled")
    module["unpack_kernels"].__globals__["KERNELS"] = tmp_path / "kernels"
    return module


def test_kernels_lie_where_numba_may_add_to_them(start, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")  # so that it is taken away afterwards
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    for _ in range(2):  # a container that starts anew finds those of the first start
        start["unpack_kernels"]()
        assert os.environ.pop("NUMBA_CACHE_DIR") == str(tmp_path / "tmp/kernels")
    assert (tmp_path / "tmp/kernels/engine_1/scan.nbc").read_text() == "compiled"


def test_kernels_stay_where_somebody_has_put_them(start, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/var/cache/mentoring")
    start["unpack_kernels"]()

    assert not (tmp_path / "tmp").exists()
    assert os.environ["NUMBA_CACHE_DIR"] == "/var/cache/mentoring"


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
