"""`make logs`: what people and programs see of the lines that the parts of a platform wrote."""

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local import __main__ as cli
from deploy.local.logbook.check import check
from deploy.local.logbook.files import Follower, lines_of
from deploy.local.logbook.lines import understand
from deploy.local.problems import LocalError

STORY = "0199b1de-4f3a-7c1e-9d55-0a1b2c3d4e5f"


def line(service="matching", *, at="10:00:00.000000", event="service.stopped", level="info", **fields):
    return json.dumps(
        {"service": service, "instance": f"{service}-0", **fields, "event": event, "level": level}
        | {"timestamp": f"2026-11-24T{at}Z"}
    )


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The folder of a platform whose parts have written something, on a machine in New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    import time

    time.tzset()
    folder = tmp_path / "run" / "logs"
    folder.mkdir(parents=True)
    write(folder / "matching.log", line(at="10:00:01.000000"), line(at="10:00:03.000000", event="service.stopping"))
    write(
        folder / "engagement.log",
        line("engagement", at="10:00:02.000000", correlation_id=STORY),
        line("engagement", at="10:00:04.000000", event="relay.interrupted", level="warning", error="X", failures=1),
    )
    write(folder / "postgres.log", "2026-11-24 10:00:02.500 UTC [7] x@y FATAL:  no", "\tand no again")
    write(folder / "kafka.log", "[2026-11-24 05:00:02,700] WARN slow (kafka.server)")
    yield tmp_path
    monkeypatch.undo()
    time.tzset()


def write(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.writelines(f"{each}\n" for each in lines)


def ask(root, *words: str):
    return CliRunner().invoke(cli.app, ["logs", "--root", str(root), *words], catch_exceptions=False)


def shown(root, *words: str):
    return [json.loads(each) for each in ask(root, *words).stdout.splitlines()]


def test_lines_of_all_parts_come_by_time_and_each_is_json_in_a_pipe(root):
    seen = [(each["service"], each.get("event") or each["message"]) for each in shown(root)]
    assert seen == [
        ("matching", "service.stopped"),
        ("engagement", "service.stopped"),
        ("postgres", "2026-11-24 10:00:02.500 UTC [7] x@y FATAL:  no"),
        ("postgres", "\tand no again"),
        ("kafka", "[2026-11-24 05:00:02,700] WARN slow (kafka.server)"),
        ("matching", "service.stopping"),
        ("engagement", "relay.interrupted"),
    ]


def test_a_level_leaves_out_what_is_less_grave_also_of_servers(root):
    seen = [(each["service"], each["level"]) for each in shown(root, "--level", "warning")]
    assert seen == [("postgres", "error"), ("postgres", "error"), ("kafka", "warning"), ("engagement", "warning")]
    assert ask(root, "--level", "loud").exit_code == 2


def test_a_story_is_found_in_every_service_by_its_id(root):
    write(root / "run" / "logs" / "matching.log", line(at="10:00:09.000000", correlation_id=STORY))
    assert [each["service"] for each in shown(root, "--story", STORY)] == ["engagement", "matching"]
    nothing = ask(root, "--story", "another")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "No line is as you asked for." in nothing.stderr


def test_one_part_is_shown_and_the_last_lines_only(root):
    assert [each["event"] for each in shown(root, "matching", "--lines", "1")] == ["service.stopping"]
    with pytest.raises(LocalError, match=r"no log of matsching yet\. There are: engagement, kafka, matching"):
        ask(root, "matsching")


def test_people_see_one_line_each_with_what_matters_first(root):
    raised = [{"exc_type": "KeyError", "exc_value": "x", "frames": [{"filename": "a.py", "lineno": 3, "name": "f"}]}]
    fields = {"job": "cohort runs", "failures": 2, "trace_id": "ab" * 16, "exception": raised}
    write(
        root / "run" / "logs" / "matching.log", line(at="10:00:09.000000", event="job.failed", level="error", **fields)
    )
    text = ask(root, "matching", "--lines", "1", "--plain").stdout
    assert text == (
        "2026-11-24 10:00:09.000Z matching      error   job.failed             "
        f'job="cohort runs" failures=2 KeyError: x at a.py:3 trace_id={"ab" * 16}\n'
    )
    assert ask(root, "--plain", "--json").exit_code == 2


def test_a_file_that_was_put_aside_in_the_middle_of_a_line_is_read_as_one(tmp_path):
    path = tmp_path / "matching.log"
    (tmp_path / "matching.log.10").write_text("one\ntw")
    (tmp_path / "matching.log.2").write_text("o\nthr")
    path.write_text("ee\nfo")
    assert list(lines_of(path)) == ["one", "two", "three", "fo"]


def test_what_comes_is_followed_also_into_a_file_begun_anew_and_a_part_that_starts(root):
    folder = root / "run" / "logs"
    looks = iter(Follower(folder))
    assert next(looks) == []
    write(folder / "matching.log", "new")
    (folder / "matching.log").rename(folder / "matching.log.1")
    write(folder / "matching.log", "newer")
    write(folder / "profiles.log", "first")
    found = [line for look in islice(looks, 3) for line in look]
    assert sorted(found) == [("matching", "new"), ("matching", "newer"), ("profiles", "first")]


def test_half_a_line_waits_for_its_end(root):
    looks = iter(Follower(root / "run" / "logs", "matching"))
    next(looks)
    with (root / "run" / "logs" / "matching.log").open("a") as file:
        file.write('{"half')
        file.flush()
        assert next(looks) == []
        file.write('"}\n')
    assert next(looks) == [("matching", '{"half"}')]


def test_a_line_that_looks_like_ours_and_is_not_is_shown_as_it_is():
    for text in ("{", "{}", '{"timestamp": 7}', '{"timestamp": "soon"}', "", "2026-11-24 nonsense"):
        assert understand("kafka", text).text == text


def test_who_has_seen_enough_ends_it_without_a_traceback(root):
    words = f"{sys.executable} -m deploy.local logs --root {root} | head -n 1"
    ran = subprocess.run(words, shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - a real pipe
    assert ran.stderr == ""
    assert json.loads(ran.stdout)["service"] == "matching"


def test_each_line_of_ours_is_held_against_what_is_described(root):
    found = check(root / "run" / "logs")
    assert found.wrong == []
    assert str(found).startswith("4 log lines (2 of matching, 2 of engagement), 3 kinds: each is as docs/logs.md says.")


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("Traceback (most recent call last):", "it is no JSON"),
        ("7", "7 is not of type"),
        (line(event="match.made"), "'match.made' is not one of"),
        (line(level="error"), '"error" is not one of "info"'),
        (line(event="relay.interrupted", level="warning", failures=1), '"error" is a required property'),
        (line(name="Ann Example"), "'name' was unexpected"),
        (line(role="api"), '"role" is not one of'),
        (line(event="timer.failed", level="error", kind="x", key=7), "7 is not of type"),
        (line("engagement", event="run.stopped", run_id=STORY, why="cancelled"), '"matching" was expected'),
        (line(correlation_id="none"), '"none" is not a "uuid"'),
        (line().replace('Z"', '+01:00"'), "does not match"),
    ],
)
def test_a_line_that_is_not_described_is_named_with_its_place(root, planted, said):
    write(root / "run" / "logs" / "matching.log", planted)
    (problem,) = check(root / "run" / "logs").wrong
    assert problem.startswith("matching.log line 3: ")
    assert said.replace("'", '"') in problem.replace("'", '"')
    assert ask(root, "--check").exit_code == 1


def test_a_check_of_nothing_is_no_success(tmp_path):
    with pytest.raises(LocalError, match="There is no line of a service"):
        ask(tmp_path, "--check")
