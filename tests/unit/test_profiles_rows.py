"""One row of the HR file: what goes in, and what each broken cell is told."""

import re
from datetime import date

import pytest

from contracts.profiles import Skill, Want
from services.hr_file.entry import Entry, Refusal, read_entry
from services.hr_file.header import KNOWN
from services.hr_file.rows import read_header, rows_of

GOOD = {
    "person_id": "p-1",
    "name": "Ada Example",
    "email": "ada@corp.example",
    "time_zone": "Europe/Berlin",
    "languages": "de;en-us",
    "manager_id": "p-7",
    "team": "payments",
    "function": "engineering",
    "location": "Hamburg",
    "country": "de",
    "level": "5",
    "working_hours": "mon-thu 9:00-17:00;Fri 09:00-13:00",
    "roles": "mentor;mentee",
    "mentor_seats": "2",
    "skills": "Python:4:teach;sql:3;leadership:5:teach:verified",
    "wants": "negotiation:3",
    "goals": "Lead a team; write to ada@corp.example",
    "path": "engineering manager",
    "style": "structure:2;pace:4",
    "avoid": "p-8;p-9;p-8",
    "joined_on": "2024-03-01",
    "left_on": "",
}
HEADER, _ = read_header("\t".join(KNOWN).encode())


def read(**cells) -> Entry | Refusal:
    row = {**GOOD, **cells}
    [_, rows] = list(rows_of([("\t".join(KNOWN) + "\n" + "\t".join(row[name] for name in KNOWN)).encode()]))
    return read_entry(rows[0], HEADER)


def test_a_good_row_is_read_into_canonical_values():
    assert read().values == {
        "person_id": "p-1",
        "name": "Ada Example",
        "email": "ada@corp.example",
        "time_zone": "Europe/Berlin",
        "languages": ("de", "en-US"),
        "manager_id": "p-7",
        "team": "payments",
        "function": "engineering",
        "location": "Hamburg",
        "country": "DE",
        "level": 5,
        "working_hours": ("Mon-Thu 09:00-17:00", "Fri 09:00-13:00"),
        "roles": ("mentee", "mentor"),
        "mentor_seats": 2,
        "skills": (
            Skill(skill="python", level=4, teach=True),
            Skill(skill="sql", level=3),
            Skill(skill="leadership", level=5, teach=True, evidence="verified"),
        ),
        "wants": (Want(skill="negotiation", level=3),),
        "goals": "Lead a team; write to [address]",
        "path": "engineering manager",
        "style": {"pace": 4, "structure": 2},
        "avoid": ("p-8", "p-9"),
        "joined_on": date(2024, 3, 1),
        "left_on": None,
    }


def test_a_last_day_in_the_year_9999_is_none():
    assert read(left_on="9999-12-31").values["left_on"] is None


def test_empty_cells_have_their_defaults():
    empty = read(**dict.fromkeys(set(KNOWN) - {"person_id", "name", "email", "time_zone", "languages"}, ""))
    assert empty.values["working_hours"] == ("Mon-Fri 09:00-17:00",)
    assert empty.values["mentor_seats"] == 1
    assert empty.values["roles"] == ()
    assert empty.values["manager_id"] is None


BROKEN = [
    ("person_id", "", "is empty"),
    ("person_id", "p 1", "is no id"),
    ("person_id", "x" * 65, "is no id"),
    ("name", "  ", "is empty"),
    ("name", "n" * 321, "321 characters"),
    ("email", "", "no e-mail address"),
    ("email", "ada", "no e-mail address"),
    ("email", "ada@", "no e-mail address"),
    ("email", "a b@corp.example", "no e-mail address"),
    ("email", "ada@firm", "no e-mail address"),
    ("email", "a" * 320 + "@corp.example", "333 characters"),
    ("time_zone", "", "no IANA time zone"),
    ("time_zone", "Berlin", "no IANA time zone"),
    ("time_zone", "UTC+2", "no IANA time zone"),
    ("languages", "", "is empty"),
    ("languages", "english", "is no language"),
    ("languages", "en;xx", "`xx` is no language"),
    ("manager_id", "Bob Boss", "is no id"),
    ("manager_id", "p-1", "their own|person's own"),
    ("team", "t" * 201, "201 characters"),
    ("country", "UK", "is no country"),
    ("country", "Germany", "is no country"),
    ("level", "16", "out of range"),
    ("level", "0", "out of range"),
    ("level", "senior", "out of range"),
    ("level", "5.0", "out of range"),
    ("working_hours", "9-17", "not a span of working hours"),
    ("working_hours", "Mon-Fri 17:00-09:00", "begin and end on one day"),
    ("roles", "mentor;boss", "is no role"),
    ("mentor_seats", "11", "out of range"),
    ("mentor_seats", "-1", "out of range"),
    ("skills", "python", "has no level"),
    ("skills", "python:6", "has no level"),
    ("skills", "python:4:learn", "is no skill"),
    ("skills", "python:4;Python:3", "listed twice"),
    ("skills", ":4", "no name of a skill"),
    ("skills", ";".join(f"s{number}:1" for number in range(201)), "201 items"),
    ("wants", "negotiation", "has no level"),
    ("wants", "negotiation:3:teach", "is no wish"),
    ("style", "pace:6", "is no answer"),
    ("style", "pace", "is no answer"),
    ("style", "pace:1;pace:2", "answered twice"),
    ("avoid", "p-2;p 3", "is no id"),
    ("joined_on", "01.03.2024", "is no date"),
    ("joined_on", "2024-02-30", "is no date"),
    ("left_on", "2023-01-01", "before the first day"),
]


@pytest.mark.parametrize(("column", "cell", "reason"), BROKEN)
def test_a_broken_cell_names_its_column_the_reason_and_the_mend(column, cell, reason):
    refusal = read(**{column: cell})
    assert isinstance(refusal, Refusal)
    assert (refusal.line, refusal.column) == (2, column)
    assert re.search(reason, refusal.reason)
    assert refusal.mend
    assert refusal.cells[KNOWN.index("team")] == (cell if column == "team" else "payments")


def test_all_broken_cells_of_a_row_are_named_at_once():
    refusal = read(email="ada", level="99")
    assert refusal.column == "email"
    assert "also level: `99` is out of range" in refusal.reason


@pytest.mark.parametrize(
    "email", ["ada@corp.local", "ada@corp.test", "o'neil+x@sub.corp.example", "jürgen@bücher.example"]
)
def test_addresses_inside_a_company_and_of_the_world_are_taken(email):
    assert isinstance(read(email=email), Entry)


def test_a_time_zone_is_found_in_any_spelling():
    assert read(time_zone="europe/berlin").values["time_zone"] == "Europe/Berlin"
