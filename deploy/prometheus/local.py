"""A real Prometheus beside the platform on this machine: its settings, made from `platform.json`, and its command."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from deploy.local.problems import LocalError
from deploy.prometheus.rules import FILES, Groups

PORT = 90
"""Added to the base, as `deploy.local.ports` does: 18090."""
INSTALL = "On Debian and Ubuntu: apt-get install --no-install-recommends prometheus"


def tool(name: str) -> str:
    """Where `prometheus` or `promtool` lies; a sentence if it is not on this machine."""
    found = shutil.which(name)
    if not found:
        raise LocalError(f"{name} is not on PATH. {INSTALL}")
    return found


def write(folder: Path, metrics: Mapping[str, str], *, every: str = "5s", rules: Groups | None = None) -> Path:
    """Writes the settings for a Prometheus that scrapes these addresses (service → URL); gives their file.

    `rules` in place of those that lie in the repository.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [str(file) for file in FILES]
    if rules is not None:
        files = [str(folder / "rules.yaml")]
        Path(files[0]).write_text(yaml.safe_dump({"groups": rules}, sort_keys=False), encoding="utf-8")
    config: dict[str, Any] = {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": files,
        "scrape_configs": [{"job_name": "mentoring", "static_configs": [_target(*each) for each in metrics.items()]}],
    }
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return file


def _target(service: str, url: str) -> dict[str, Any]:
    return {"targets": [urlsplit(url).netloc], "labels": {"service": service}}


def command(config: Path, port: int) -> list[str]:
    """How to start it, on loopback only."""
    return [
        tool("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={config.parent / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.retention.time=15d",
        "--log.level=warn",
    ]
