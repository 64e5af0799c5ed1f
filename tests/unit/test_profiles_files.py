"""The HR file as bytes: every dialect that spreadsheets write, and every way a row can be broken."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.hr_file.header import REQUIRED, FileRefused
from services.hr_file.rows import LONGEST_LINE, Place, Row, read_header, read_rows, rows_of

HEAD = ",".join(REQUIRED)


def rows(body, *, size=7):
    """The rows below the usual header, fed in small parts; with what is wrong with them."""
    data = HEAD.encode() + b"\n" + (body if isinstance(body, bytes) else body.encode())
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return [row for batch in list(rows_of(parts))[1:] for row in batch]


def told(body):
    return [(row.line, row.problem.column if row.problem else None) for row in rows(body)]


def test_rows_know_their_physical_line():
    assert told('a,b,c,d,e\r\n\r\nf,"g\n\n""h""",i,j,k\nl,m,n,o,p') == [(2, None), (4, None), (7, None)]
    assert rows('f,"g\n""h""",i,j,k\n')[0].cells[1] == 'g\n"h"'


def test_empty_lines_and_empty_rows_are_nobody():
    assert told(",,,,\n   \na,b,c,d,e\n") == [(4, None)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("a,b,c\n", "too few cells: 3 instead of 5"),
        ("a,b,c,d,e,f\n", "too many cells: 6 instead of 5"),
        ('a,"b"x,c,d,e\n', "quotation mark"),
        ('a,"b,c,d,e', "not closed"),
        (f"a,{'b' * 10_001},c,d,e\n", "more than 10000 characters"),
        (f'a,"{"b" * 140_000}",c,d,e\n', "more than 10000 characters"),
        (b"a,\xff,c,d,e\n", "not UTF-8"),
        (b"a,b\0,c,d,e\n", "not UTF-8"),
        (b'a,"b\xc3\n",c,d,e\n', "not UTF-8"),
    ],
)
def test_a_row_of_broken_form_is_refused_and_the_next_one_read(body, reason):
    body = body if isinstance(body, bytes) else body.encode()
    found = rows(body.rstrip(b"\n") + b"\nv,w,x,y,z\n", size=4_000)
    assert reason in found[0].problem.reason
    assert found[0].problem.mend
    assert found[-1].cells == ("v", "w", "x", "y", "z")
    assert found[-1].problem is None


def test_a_quotation_mark_that_is_never_closed_swallows_nobody():
    good = "".join(f'p{number},"q",c,d,e\n' for number in range(500))
    assert told('a,"b,c,d,e\n' + good) == [(2, ""), *((line, None) for line in range(3, 503))]
    plain = good.replace('"', "")
    assert [row.line for row in rows('a,"b,c,d,e\n' + plain) if row.problem] == [2]


def test_a_line_without_an_end_is_refused_once_and_memory_stays_bounded():
    header, place = read_header(HEAD.encode() + b"\n")
    found: list[Row] = []
    for _ in range(3):
        more, place = read_rows(b"x" * (LONGEST_LINE + 1), header, place, last=False)
        found += more
    more, place = read_rows(b"x\na,b,c,d,e\n", header, place, last=True)
    assert [(row.line, bool(row.problem)) for row in found + more] == [(2, True), (3, False)]


def test_reading_goes_on_from_any_place():
    data = HEAD.encode() + b'\na,"b\n",c,d,e\nf,g,h,i,j\n'
    header, start = read_header(data)
    first, place = read_rows(data[start.offset : -3], header, start, last=False)
    second, end = read_rows(data[place.offset :], header, place, last=True)
    assert [row.line for row in first + second] == [2, 4]
    assert end == Place(len(data), 5)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "lacks the columns"),
        (b"person_id,name,email\n", "`time_zone`, `languages`"),
        (f"{HEAD},Name\n".encode(), "`name` more than once"),
        (HEAD.encode("utf-16"), "UTF-16"),
        (b"person_id,n\xffme\n", "not UTF-8"),
        (f"{HEAD}\ra,b,c,d,e\r".encode(), "line breaks"),
        (b"\x89PNG\r\n\x1a\n", "not UTF-8"),
        (b"PK\x03\x04" + b"\0" * 100, "lacks the columns"),
    ],
)
def test_a_file_that_is_no_hr_file_is_refused_whole_with_the_way_out(data, reason):
    with pytest.raises(FileRefused, match=reason):
        read_header(data)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [({"id": "X"}, "do not know"), ({"team": "Squad"}, "`Squad`"), ({"name": "x", "email": "x"}, "more than one")],
)
def test_a_mapping_that_cannot_hold_is_refused(columns, reason):
    with pytest.raises(FileRefused, match=reason):
        read_header(HEAD.encode(), columns)


def test_columns_may_stand_anywhere_under_any_name_and_unknown_ones_are_reported():
    header, _ = read_header(
        "\ufeffSprachen;E-Mail;Shoe size;PERSON_ID;name;Time_Zone\n".encode(),
        {"email": "e-mail", "languages": "Sprachen"},
    )
    assert header.ours == ("languages", "email", None, "person_id", "name", "time_zone")
    assert (header.delimiter, header.ignored) == (";", ("Shoe size",))


CELLS = some.text(some.sampled_from('ab,;\t"\n é€'), min_size=1, max_size=12).map(lambda cell: f"x{cell}")


@given(
    table=some.lists(some.lists(CELLS, min_size=5, max_size=5), max_size=12),
    delimiter=some.sampled_from(",;\t"),
    newline=some.sampled_from(["\n", "\r\n"]),
    quoting=some.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    bom=some.booleans(),
    size=some.integers(1, 40),
)
@settings(max_examples=60)
def test_every_dialect_is_read_as_it_was_written(table, delimiter, newline, quoting, bom, size):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writerows([REQUIRED, *table])
    data = (b"\xef\xbb\xbf" if bom else b"") + text.getvalue().encode()
    found = list(rows_of([data[at : at + size] for at in range(0, len(data), size)]))
    read = [row for batch in found[1:] for row in batch]

    assert [list(row.cells) for row in read] == table
    assert not [row for row in read if row.problem]
    lines = [row.line for row in read]
    assert lines == [2 + sum(1 + "".join(above).count("\n") for above in table[:place]) for place in range(len(table))]


@given(some.binary(max_size=400), some.integers(1, 50))
@settings(max_examples=60)
def test_no_bytes_ever_break_the_reader(body, size):
    for row in rows(body, size=size):
        assert row.problem or len(row.cells) == len(REQUIRED)
