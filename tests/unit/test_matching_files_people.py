"""A cohort out of the HR file: the same result as from profiles, and every refused row with its reason."""

import json
from pathlib import Path

import pytest

from services.matching.files.people import read_people
from tests.unit.test_engine_rules import ANNA, BORIS, a_profile
from tests.unit.test_matching_files import call, rows
from tests.unit.test_matching_files_cohort import PROGRAM
from tests.unit.test_profiles_people import NOW

MAPPING = 'person_id = "Employee ID"\nname = "Full name"\nmanager_id = "Reports to"\n'
HEAD = (
    "Employee ID;Full name;email;time_zone;languages;Reports to;level;roles;mentor_seats;working_hours;"
    "skills;wants;goals;path;style;left_on;cost centre"
)
TEACHES = "negotiation:4:teach:endorsed;sql:5;team leadership:5:teach"


def a_row(person_id: str, **said: str) -> str:
    cells = {"Employee ID": person_id, "Full name": f"Name {person_id}", "email": f"{person_id}@corp.example"}
    cells |= {"time_zone": "Europe/Berlin", "languages": "en"} | said
    return ";".join(f'"{cell}"' if ";" in cell else cell for name in HEAD.split(";") for cell in [cells.get(name, "")])


WISHES = {"wants": "negotiation:3;SQL:4", "goals": '"Lead a team\nof my own"', "path": "engineering manager"}
OFFERS = {"skills": TEACHES, "goals": "Help others lead", "working_hours": "Mon-Fri 14:00-20:00"}
BOSS = {"Reports to": "boss"}
GOOD = (
    a_row("anna", roles="mentee", level="5", languages="de;en", style="pace:4;structure:2", **WISHES, **BOSS),
    a_row("boris", roles="mentor", level="7", languages="en;de", style="pace:3;structure:2", **OFFERS),
    a_row("boss"),
    a_row("lonely", languages="ja", roles="mentee"),
    a_row("retired", roles="mentor", skills=TEACHES, left_on="2020-01-31"),
)
"""Lines 2 to 7: the first person's goals have a line break."""
BROKEN = (
    a_row("c-1", level="99", email="=2+3"),
    a_row("c-2") + ";one too many",
    a_row("anna", roles="mentor"),
    a_row("c-3", **{"Reports to": "nobody"}),
    a_row("c-4", **{"Reports to": "c-5"}),
    a_row("c-5", **{"Reports to": "c-4"}),
    a_row("c-6", goals='"never closed').removesuffix(";;;;"),
)
REFUSED = [
    ("8", "email", "is no e-mail address"),
    ("9", "", "too many cells: 18 instead of 17"),
    ("10", "Employee ID", "stands in line 2 already"),
    ("11", "Reports to", "`nobody` is neither in this file nor known"),
    ("12", "Reports to", "the managers form a circle: c-4 → c-5 → c-4"),
    ("13", "Reports to", "the managers form a circle: c-4 → c-5 → c-4"),
    ("14", "", "a quoted cell is not closed"),
]
ASKED = {**ANNA, "goals": "Lead a team\nof my own", "manager_id": "boss"}
PROFILES = (
    a_profile("anna", "mentee", **ASKED),
    a_profile("boris", "mentor", **BORIS),
    a_profile("boss", "mentee", roles=()),
    a_profile("lonely", "mentee", languages=("ja",)),
)
"""The same people, as they stand on the topic."""


@pytest.fixture
def matched(tmp_path: Path):
    """Runs `match` on a file of this name and text."""
    (tmp_path / "program.toml").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")

    def run(name: str, text: str, *more: str, out: str = "RUN"):
        (tmp_path / name).write_bytes(text.encode())
        more = tuple(str(tmp_path / each) if each.endswith(".toml") else each for each in more)
        paths = ("--people", tmp_path / name, "--program", tmp_path / "program.toml", "--out", tmp_path / out)
        return tmp_path / out, call("match", *paths, *more)

    return run


def hr_file(*lines: str) -> str:
    return "\r\n".join([HEAD, *lines, ""])


def test_an_hr_file_and_the_same_profiles_give_the_same_run(matched):
    out, done = matched("people.csv", hr_file(*GOOD, *BROKEN), "--columns", "map.toml")
    assert done.exit_code == 0, done.output
    other, _ = matched("people.jsonl", "\n".join(profile.body() for profile in PROFILES), out="OTHER")
    assert [pair[:2] for pair in rows(out / "pairs.csv")[1:]] == [["anna", "boris"]]
    for name in ("pairs.csv", "unmatched.csv", "prices.csv", "utilities.csv", "allowed.csv"):
        assert (out / name).read_bytes() == (other / name).read_bytes()
    digests = {json.loads((run / "certificate.json").read_text())["inputs_sha256"] for run in (out, other)}
    assert len(digests) == 1
    assert call("verify", out).exit_code == 0


def test_every_refused_row_is_written_with_line_column_reason_and_mend(matched):
    out, done = matched("people.csv", hr_file(*GOOD, *BROKEN), "--columns", "map.toml")
    head, *refused = rows(out / "rejected.csv")
    assert head == ["line", "column", "reason", "mend", *HEAD.split(";")]
    assert [(line, column) for line, column, *_ in refused] == [(line, column) for line, column, _ in REFUSED]
    for (_, _, reason, mend, *_), (_, _, expected) in zip(refused, REFUSED, strict=True):
        assert expected in reason
        assert mend
    assert refused[0][4:7] == ["c-1", "Name c-1", "'=2+3"]
    assert "also level: `99` is out of range" in refused[0][2]
    assert f"7 rows were refused, with reason and mend in {out / 'rejected.csv'}" in done.output.replace("\n", " ")
    assert "ignored, as they mean nothing to us: cost centre" in done.output


def test_a_program_reads_how_many_were_refused(matched):
    _, done = matched("people.csv", hr_file(*GOOD, *BROKEN), "--columns", "map.toml", "--json")
    told = json.loads(done.output)
    assert (told["rejected"], told["mentees"], told["matched"]) == (7, 2, 1)
    out, done = matched("people.csv", hr_file(*GOOD), "--columns", "map.toml", "--json")
    assert (json.loads(done.output)["rejected"], len(rows(out / "rejected.csv"))) == (0, 1)
    _, done = matched("people.jsonl", PROFILES[0].body(), "--json")
    assert (json.loads(done.output)["rejected"], (out / "rejected.csv").exists()) == (0, False)


def test_people_read_from_the_file_are_the_profiles_that_the_import_would_tell(tmp_path):
    (tmp_path / "people.csv").write_bytes(hr_file(*GOOD).encode())
    mapping = {"person_id": "Employee ID", "name": "Full name", "manager_id": "Reports to"}
    found = read_people(tmp_path / "people.csv", mapping, tmp_path / "RUN", now=NOW)
    wanted = [profile.model_dump(exclude={"wants"}) for profile in PROFILES]
    assert [profile.model_dump(exclude={"wants"}) for profile in found.profiles] == wanted
    assert [want.skill for want in found.profiles[0].wants] == ["negotiation", "sql"]


@pytest.mark.parametrize(
    ("text", "more", "sentence"),
    [
        (hr_file(*GOOD), (), "people.csv: the first line lacks the columns `person_id`, `name`"),
        ("", (), "lacks the columns `person_id`, `name`, `email`, `time_zone`, `languages`"),
        (hr_file().replace("email", "mail"), ("--columns", "map.toml"), "columns `email`"),
        (hr_file(*GOOD), ("--columns", "program.toml"), "the mapping gives `starts_on` no header"),
        (hr_file(*GOOD), ("--columns", "none.toml"), "none.toml cannot be read"),
    ],
)
def test_a_file_that_is_refused_whole_leaves_the_last_run_as_it_was(matched, text, more, sentence):
    out, _ = matched("people.csv", hr_file(*GOOD, *BROKEN), "--columns", "map.toml")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    _, refused = matched("people.csv", text, *more)
    assert (refused.exit_code, sentence in refused.output) == (1, True), refused.output
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_mapping_for_json_lines_is_wrong_use(matched):
    _, refused = matched("people.jsonl", PROFILES[0].body(), "--columns", "map.toml")
    assert refused.exit_code == 2
