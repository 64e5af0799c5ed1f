"""The real lnav reads our lines with the format that we give it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chassis.log_events import by_name
from chassis.log_events.lnav import DOCS

ROOT = Path(__file__).resolve().parents[2]
FORMAT = ROOT / "deploy/lnav/mentoring.json"
LNAV = shutil.which("lnav")
STORY = "0199b1de-4f3a-7c1e-9d55-0a1b2c3d4e5f"
LINES = [
    {"event": "request.served", "level": "info", "method": "GET", "route": "/v1/matches", "status": 200}
    | {"duration_ms": 7.5},
    {"event": "event.parked", "level": "error", "topic": "matching.match.v1", "reason": "no room"}
    | {"correlation_id": STORY},
    {"event": "consumer.restarted", "level": "warning", "reasons": ["fetch ended"]},
    {"event": "batch.handled", "level": "info", "records": 3, "types": {"mentoring.match-accepted.v1": 3}}
    | {"duration_ms": 2},
]

needs_lnav = pytest.mark.skipif(LNAV is None, reason="lnav is not installed: apt-get install lnav")


@pytest.fixture
def ask(tmp_path):
    """Gives lnav's answer to commands about a file of these lines, with the format installed as the page says."""
    lines = [
        {"service": "matching", "instance": "matching-0", **line, "timestamp": f"2026-11-24T10:00:0{number}.250000Z"}
        for number, line in enumerate(LINES)
    ]
    file = tmp_path / "matching.log"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    env = os.environ | {"HOME": str(tmp_path), "TERM": "xterm", "TZ": "UTC", "XDG_CONFIG_HOME": ""}
    run = {"env": env, "capture_output": True, "text": True, "timeout": 60, "stdin": subprocess.DEVNULL}
    installed = subprocess.run([LNAV, "-i", str(FORMAT)], check=True, **run)
    assert "error" not in (installed.stdout + installed.stderr).lower()

    def answer(*commands: str) -> str:
        words = [word for command in commands for word in ("-c", command)]
        asked = subprocess.run([LNAV, "-n", *words, str(file)], check=True, **run)
        assert asked.stderr == ""
        return asked.stdout

    return answer


@needs_lnav
def test_lnav_takes_the_lines_for_ours_and_knows_each_field(ask):
    found = ask(
        ";SELECT log_level, service, event, route, status, duration_ms, reason, records FROM mentoring_log",
        ":write-json-to -",
    )
    rows = json.loads(found)
    assert [(row["log_level"], row["event"]) for row in rows] == [(line["level"], line["event"]) for line in LINES]
    assert (rows[0]["route"], rows[0]["status"], rows[0]["duration_ms"]) == ("/v1/matches", 200, 7.5)
    assert rows[1]["reason"] == "no room"
    assert int(rows[3]["records"]) == 3


@needs_lnav
def test_lnav_shows_a_line_as_we_do_and_filters_by_level_and_story(ask):
    shown = ask(":write-view-to -").splitlines()
    assert shown[0].split() == [
        "2026-11-24", "10:00:00.250", "matching", "info", "request.served",
        "GET", "/v1/matches", "200", "7.500000",
    ]  # fmt: skip
    assert "  reasons:" in shown[3], "what has no place on the line stands below it"
    grave = ask(":set-min-log-level warning", ":write-view-to -")
    assert ("event.parked" in grave, "consumer.restarted" in grave, "request.served" in grave) == (True, True, False)
    (of_story,) = ask(f":filter-in {STORY}", ":write-view-to -").splitlines()
    assert "event.parked" in of_story


def test_the_format_knows_every_field_and_leads_to_the_page():
    described = json.loads(FORMAT.read_text())["mentoring_log"]
    assert described["url"] == DOCS
    shown = {part["field"] for part in described["line-format"] if isinstance(part, dict)}
    assert shown - {"__timestamp__", "__level__"} <= described["value"].keys()
    fields = {field.name for event in by_name().values() for field in event.fields}
    assert fields <= described["value"].keys()
