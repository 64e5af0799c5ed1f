"""The runbook's own commands, run while the fault is there: what people are told to look at must be seen."""

import os
import re
import subprocess

from deploy.local.children import REPOSITORY
from tests.alerts.stage import Stage

PAGE = REPOSITORY / "docs" / "runbook.md"
LONGEST = 300.0
MAKE = 'make() { command make -o .venv/.installed "$@"; }'
"""The environment is there, or we would not be; a walk must not bring it up to date."""


def looks(alert: str) -> list[str]:
    """The commands (`$ …`) of an alert's entry, between Look and Mend."""
    entry = PAGE.read_text(encoding="utf-8").split(f"### {alert}\n", 1)[1].split("\n### ", 1)[0]
    look = entry.split("**Look.**", 1)[1].split("**Mend.**", 1)[0]
    return re.findall(r"^\$ (.+)$", look, re.MULTILINE)


def walk(stage: Stage, alert: str) -> str:
    """What these commands print now, each after its own line."""
    tools = re.search(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert tools, "the runbook begins with its tools"
    environment = os.environ | {"MENTORING_LOCAL_ROOT": str(stage.instance.root), "COLUMNS": "160"}
    seen = []
    for command in looks(alert):
        try:
            ran = subprocess.run(
                ["bash", "-c", f"{tools[1]}\n{MAKE}\n{command}"],
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=LONGEST,
                check=False,
            )
            seen.append(f"$ {command}\n{ran.stdout}")
        except subprocess.TimeoutExpired:
            seen.append(f"$ {command}\n(no answer within {LONGEST:.0f} s)\n")
    return "".join(seen)
