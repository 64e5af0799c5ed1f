"""The AsyncAPI document as one HTML file to browse, with the official React component inside: it needs no network."""

from __future__ import annotations

import html
import json
import shutil
import tarfile
from typing import TYPE_CHECKING

from chassis.contract_docs.asyncapi import document
from deploy.subscribers.tools import HOME, REACT_COMPONENT, need, run

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = "browser/standalone/index.js"
STYLE = "styles/default.min.css"
_SHOWN = {"show": {"sidebar": True, "errors": True}, "sidebar": {"showOperations": "byDefault"}}
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body {{ margin: 0; font-family: system-ui, sans-serif }} {style}</style>
</head>
<body>
<div id="asyncapi"></div>
<script>{script}</script>
<script>AsyncApiStandalone.render({settings}, document.getElementById("asyncapi"))</script>
</body>
</html>
"""


def write_page(out: Path) -> None:
    """Writes the page; the same contracts give the same page."""
    component = _component()
    described = document()
    settings = {"schema": described, "config": _SHOWN}
    page = _PAGE.format(
        title=html.escape(described["info"]["title"]),
        style=(component / STYLE).read_text(encoding="utf-8"),
        script=inside_a_script((component / SCRIPT).read_text(encoding="utf-8")),
        settings=inside_a_script(json.dumps(settings, ensure_ascii=False)),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")


def inside_a_script(text: str) -> str:
    """So that nothing inside ends the element around it; the same in strings of JavaScript and JSON."""
    return text.replace("</script", "<\\/script").replace("<!--", "<\\x21--")


def _component() -> Path:
    """The component's own files, downloaded once. What it depends on is already inside its bundle."""
    folder = HOME / "tools" / REACT_COMPONENT.strip("@").replace("/", "-")
    if not (folder / "package" / SCRIPT).exists():
        need("npm")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        name = run(["npm", "pack", "--silent", REACT_COMPONENT], folder).split()[-1]
        with tarfile.open(folder / name) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package"
