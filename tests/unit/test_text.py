"""Free text before it is told: shortened, cleaned, addresses masked."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chassis.text import LONGEST, tidy


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Lead a team of my own", "Lead a team of my own"),
        ("write to ada.b+c@corp.example, please", "write to [address], please"),
        ("ada (at) corp.example", "[address]"),
        ('"ada b"@corp.example', '"ada [address]'),
        ("call +49 40 1234567 today", "call [address] today"),
        ("https://ada:secret@localhost/x", "https://[address]@localhost/x"),
        ("meet me @ 5.30, 12 000 km, v1.2.3", "meet me @ 5.30, 12 000 km, v1.2.3"),
        ("a\x00b\u202ec\r\nd\te", "abc\nd\te"),
        ("नमस्ते 👩\u200d💻", "नमस्ते 👩\u200d💻"),
    ],
)
def test_what_is_told_of_a_text(typed, told):
    assert tidy(typed) == told


def test_a_long_text_is_cut():
    assert tidy("x" * 5_000) == "x" * (LONGEST - 1) + "…"


def test_an_address_at_the_cut_is_masked_before_it_is_cut():
    assert "ada" not in tidy("x " * 996 + "ada.lovelace@corp.example and more")


@given(some.text(some.sampled_from("ab.@+0 1()/:[]\u202e\n\x00é"), max_size=300))
def test_tidying_twice_changes_nothing_more(typed):
    assert tidy(tidy(typed)) == tidy(typed)


@pytest.mark.parametrize("bad", ["a" * 10_000 + "@", "a@" * 5_000, "+1 " * 3_000, "://" * 3_000 + "@", "a.a." * 2_500])
def test_no_text_takes_long(bad):
    started = time.perf_counter()
    tidy(bad)
    assert time.perf_counter() - started < 0.5
