"""`python -m tests.cluster.page`: puts the table of the last run into docs/deploy.md, between its two marks."""

import json
import re
from typing import Any

from deploy.local.children import REPOSITORY
from tests.cluster.rows import Row, markdown

REPORT = REPOSITORY / ".local" / "k8s-e2e" / "report.json"
PAGE = REPOSITORY / "docs" / "deploy.md"
BEGIN, END = "<!-- cluster: begin -->", "<!-- cluster: end -->"


def section(report: dict[str, Any]) -> str:
    """Where and when, and the table."""
    nodes = "one node" if report["nodes"] == 1 else f"{report['nodes']} nodes"
    cluster = f"Kubernetes {report['kubernetes']} with {nodes}"
    about = f"`make k8s-e2e` on {report['at'][:10]}, {cluster}; requests went {report['requests']}."
    return f"{about}\n\n{markdown([Row(**row) for row in report['rows']])}"


def replaced(page: str, text: str) -> str:
    """The page with this between its marks; a page without them is an error."""
    found, times = re.subn(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{text}\n{END}", page, flags=re.DOTALL)
    if times != 1:
        raise SystemExit(f"{PAGE.name} needs {BEGIN} and {END} once each.")
    return found


def main() -> None:
    """Reads the newest report and writes the page."""
    if not REPORT.is_file():
        raise SystemExit("Nothing was run yet. Run `make k8s-e2e` first.")
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), section(report)), encoding="utf-8")


if __name__ == "__main__":
    main()
