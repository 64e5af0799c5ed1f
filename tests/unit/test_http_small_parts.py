"""Cursors, ETags, keys, limits and sentences, each by itself."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from chassis import tracing
from chassis.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, TooMany, Unavailable
from chassis.http import Body, Page, Paging, answers, etag, etags, limits, mending, problems
from chassis.http.idempotency import read_key
from chassis.http.limits import AtOnce, Incoming, Rate
from chassis.http.pages import cursor

ID = UUID("0192f0c4-7a1e-7c3b-9d55-0242ac120003")
AT = datetime(2027, 1, 11, 9, tzinfo=UTC)


def test_a_cursor_leads_back_to_where_it_was_taken():
    assert Paging(cursor=cursor(AT, ID, "p-1", 3)).after(datetime, UUID, str, int) == (AT, ID, "p-1", 3)


def test_the_first_page_has_no_cursor():
    assert Paging().after(UUID) is None


@given(st.text(max_size=80))
def test_a_made_up_cursor_is_refused_and_named(text):
    with pytest.raises(Invalid, match="no cursor of this list") as caught:
        Paging(cursor=text).after(datetime, UUID)
    assert caught.value.field == "cursor"


def test_a_cursor_of_another_list_is_refused():
    with pytest.raises(Invalid):
        Paging(cursor=cursor("a", "b")).after(UUID)


@pytest.mark.parametrize(("found", "shown", "more"), [(0, 0, False), (2, 2, False), (3, 2, True)])
def test_a_page_knows_whether_there_is_another(found, shown, more):
    page = Paging(limit=2).page(list(range(found)), lambda number: (number,))
    assert page == Page(items=list(range(shown)), next=cursor(shown - 1) if more else None)


@pytest.mark.parametrize("header", ['"3"', 'W/"3"', '"1", "3"', "*"])
def test_a_change_on_the_version_that_was_read_is_taken(header):
    etags.check(header, 3)


def test_a_change_on_another_version_is_refused():
    with pytest.raises(etags.Outdated):
        etags.check(etag(2), 3)
    with pytest.raises(etags.MatchRequired):
        etags.check(None, 3)


@pytest.mark.parametrize(("sent", "key"), [(None, None), ("abc", "abc"), ('"abc"', "abc"), (" a ", "a"), ('"', '"')])
def test_a_key_may_be_quoted(sent, key):
    assert read_key(sent) == key


@pytest.mark.parametrize("sent", ["", '""', "a b", "ä", "x" * 201, "a\0"])
def test_a_key_out_of_bounds_is_refused(sent):
    with pytest.raises(Invalid) as caught:
        read_key(sent)
    assert caught.value.field == "Idempotency-Key"


def test_each_caller_has_a_rate_of_their_own():
    rate = Rate(3)
    for _ in range(3):
        rate.admit("a")
    rate.admit("b")
    with pytest.raises(TooMany, match="3 requests in a second") as caught:
        rate.admit("a")
    assert caught.value.retry_after == 1


def test_a_rate_counts_any_second_and_forgets_who_is_silent(monkeypatch):
    now = 100.0
    monkeypatch.setattr(limits.time, "monotonic", lambda: now)
    rate = Rate(2)
    for caller in range(1_000):
        now += 0.01
        rate.admit(f"caller-{caller}")
    assert len(rate._asked) < 110
    rate.admit("a")
    now += 0.9
    rate.admit("a")
    now += 0.2
    rate.admit("a")
    with pytest.raises(TooMany):
        rate.admit("a")


def test_nobody_holds_more_than_half_of_the_places():
    places = AtOnce(4)
    with places.place_of("a"), places.place_of("a"):
        with pytest.raises(TooMany, match="of yours"), places.place_of("a"):
            pass
        with places.place_of("b"):
            pass
    with places.place_of("a"):
        pass


async def test_a_sender_that_stalls_is_cut_off(monkeypatch):
    monkeypatch.setattr(limits, "STALL_SECONDS", 0.01)
    with pytest.raises(HTTPException) as caught:
        await Incoming(asyncio.Event().wait)()
    assert caught.value.status_code == 408


async def test_a_sender_of_a_byte_now_and_then_is_cut_off_too(monkeypatch):
    monkeypatch.setattr(limits, "STALL_SECONDS", 0.01)
    monkeypatch.setattr(limits, "SLOWEST_BYTES", 10**9)  # so that any sender of single bytes is too slow

    async def a_byte():
        await asyncio.sleep(0)  # other tasks go on; no time is waited for
        return {"type": "http.request", "body": b"a", "more_body": True}

    incoming = Incoming(a_byte)
    with pytest.raises(HTTPException) as caught:
        while True:
            await incoming()
    assert caught.value.status_code == 408


class Closed(Body):
    words: str
    weight: float = 1.0
    at: datetime | None = None


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ('{"words": "a", "more": 1}', "more", "no such field"),
        ('{"words": "a\\u0000"}', "body", "NUL"),
        ('{"words": "a\\ud800"}', "body", "valid Unicode"),
        ('{"words": "a", "weight": NaN}', "weight", "finite"),
        ('{"words": "a", "weight": false}', "weight", "give a number"),
        ('{"words": "a", "weight": "5"}', "weight", "give a number"),
        ('{"words": "a", "at": 0}', "at", "RFC 3339"),
        ('{"words": "a", "at": "0"}', "at", "RFC 3339"),
        ('{"words": ' + "[" * 900 + "]" * 900 + "}", "body", "32 levels"),
        ('{"words": [1' + ",1" * 20_000 + "]}", "body", "10,000 values"),
        ('{"words": 1}', "words", "give a text"),
        ('{"words": "a", "at": "soon"}', "at", "RFC 3339"),
        ("{}", "words", "required"),
        ("[]", "body", "JSON object"),
    ],
)
def test_each_wrong_field_says_how_to_mend_it(sent, field, words):
    import json

    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Closed).validate_python(json.loads(sent))
    (error,) = caught.value.errors()
    assert ".".join(map(str, error["loc"])) in (field, "")
    assert words in mending.mend(error)


def test_an_answer_does_not_grow_with_the_number_of_errors_or_the_names_of_fields():
    found = [{"type": "missing", "loc": ("body", f"{number}{'x' * 1_000}"), "msg": ""} for number in range(5_000)]
    answer = answers.answer(RequestValidationError(found))
    assert len(answer.body) < 40_000
    assert b"50 of 5000 errors" in answer.body


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DomainError("no"), 409),
        (NotFound("no"), 404),
        (Conflict("no"), 409),
        (Invalid("no"), 422),
        (Forbidden("no"), 403),
        (TooMany("no", retry_after=3), 429),
        (Unavailable("no"), 503),
        (etags.Outdated(), 412),
        (etags.MatchRequired(), 428),
    ],
)
def test_the_kind_of_an_error_decides_the_status(error, status):
    assert answers.answer(error).status_code == status


def test_who_should_come_again_is_told_when():
    assert answers.answer(TooMany("no", retry_after=3)).headers["retry-after"] == "3"


def test_the_insides_of_an_unexpected_error_stay_inside():
    body = bytes(answers.answer(ZeroDivisionError("ada@corp.example")).body)
    assert b"ada@corp.example" not in body
    assert b"ZeroDivision" not in body


def test_a_problem_that_is_not_documented_cannot_be_announced():
    with pytest.raises(ValueError, match="418"):
        problems(418)


def test_a_trace_goes_on_across_services():
    with tracing.continued(None, "first"):
        first, handed_on = tracing.trace_id(), tracing.traceparent()
    with tracing.continued(handed_on, "second"):
        assert tracing.trace_id() == first


@pytest.mark.parametrize("broken", ["", "00-0-0-0", "garbage", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_malformed_traceparent_begins_a_new_trace(broken):
    with tracing.continued(broken, "one"):
        assert tracing.trace_id()
    assert tracing.traceparent() is None
