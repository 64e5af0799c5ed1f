"""What every route of every service does, shown on a tiny service with a real database and real tokens."""

import json
from uuid import uuid4

import asyncpg
import pytest
import structlog
from jsonschema import Draft202012Validator
from structlog.testing import LogCapture

from chassis.http.app import make_app
from tests.service.http_example import EXAMPLE
from tests.service.http_fixtures import client, is_problem, world, written

__all__ = ["client", "world"]


@pytest.fixture
def lines(monkeypatch):
    """The log lines of the requests, however logs were set up before."""
    capture = LogCapture()
    log = structlog.wrap_logger(
        None, [capture], structlog.make_filtering_bound_logger(0), cache_logger_on_first_use=False
    )
    monkeypatch.setattr("chassis.http.edge.log", log)
    return capture.entries


# -- errors ------------------------------------------------------------------------------------------------


async def test_without_a_token_nothing_is_answered_and_the_way_in_is_told(world):
    answer = await world.anonymous().get("/v1/notes")
    is_problem(answer, 401, "Authorization: Bearer")
    assert answer.headers["www-authenticate"] == 'Bearer realm="mentoring"'


async def test_a_bad_token_is_told_as_such(world):
    answer = await world.anonymous().get("/v1/notes", headers={"Authorization": "Bearer x.y.z"})
    is_problem(answer, 401)
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_who_is_not_known_learns_not_even_which_addresses_there_are(world):
    is_problem(await world.anonymous().get("/v1/nowhere"), 401)
    is_problem(await world.anonymous().post("/v1/notes", content=b"{" * 100), 401)


async def test_the_wrong_role_is_told_which_one_is_right(client):
    is_problem(await client.post("/v1/notes/forget"), 403, "administrators")


async def test_wrong_fields_are_named_each_with_its_mend(client):
    problem = is_problem(await client.post("/v1/notes", json={"weight": "x", "more": 1, "tags": ["a", 2]}), 422)
    assert {error["field"] for error in problem["errors"]} == {"words", "weight", "more", "tags.1"}


async def test_an_error_of_a_rule_names_its_field_and_its_kind(client):
    problem = is_problem(await client.post("/v1/notes", json={"words": "odd"}), 422)
    assert problem["errors"] == [{"field": "words", "message": "odd words are not taken"}]
    problem = is_problem(await client.post("/v1/notes", json={"words": "torn"}), 409, "take another one")
    assert problem["type"].endswith("/torn-page")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ('{"words": \n "a",,}', "line 2, column 6"),
        ("{", "line 1, column 2"),
        ('{"words": "\x01"}', "line 1, column 12"),
    ],
)
async def test_broken_json_is_a_400_that_says_where(client, body, where):
    headers = {"Content-Type": "application/json"}
    is_problem(await client.post("/v1/notes", content=body.encode(), headers=headers), 400, where)


@pytest.mark.parametrize("body", [b"\xff\xfe{}", b"[" * 100_000, b'{"words": ' + b"9" * 5_000 + b"}"])
async def test_hostile_json_is_refused_without_harm(client, body):
    answer = await client.post("/v1/notes", content=body, headers={"Content-Type": "application/json"})
    is_problem(answer, answer.status_code)
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_another_content_type_is_a_415(client, kind):
    answer = await client.post("/v1/notes", content=b"words=a", headers={"Content-Type": kind})
    is_problem(answer, 415, "application/json")


async def test_a_body_that_may_be_left_out_may_be_left_out(client):
    assert (await client.post("/v1/notes/shuffle")).json() == {"body": False}
    assert (await client.post("/v1/notes/shuffle", json={"words": "a"})).json() == {"body": True}
    is_problem(await client.post("/v1/notes"), 422, "required")


@pytest.mark.parametrize("streamed", [False, True])
async def test_too_large_a_body_is_a_413_that_says_the_limit(client, world, streamed):
    async def parts():
        for _ in range(20):
            yield b" " * 100_000

    body = parts() if streamed else b" " * 2_000_000
    answer = await client.post("/v1/notes", content=body, headers={"Content-Type": "application/json"})
    is_problem(answer, 413, "1,048,576")


async def test_a_route_that_reads_no_body_changes_nothing_when_sent_a_large_one(world, client):
    await client.post("/v1/notes", json={"words": "a"})
    is_problem(await world.client("administrator").post("/v1/notes/forget", content=b" " * 2_000_000), 413)
    assert await written(world) == 1


async def test_a_route_that_streams_has_a_limit_of_its_own(client):
    async def parts(count):
        for _ in range(count):
            yield b" " * 100_000

    assert (await client.post("/v1/piles", content=parts(25))).json() == {"bytes": 2_500_000}
    is_problem(await client.post("/v1/piles", content=parts(31)), 413, "3,000,000")
    is_problem(await client.post("/v1/piles", content=b" " * 3_100_000), 413, "3,000,000")


async def test_unknown_addresses_and_methods_are_problems_too(client):
    is_problem(await client.get("/v1/nowhere"), 404)
    answer = await client.patch("/v1/notes")
    is_problem(answer, 405, "GET, POST")
    assert answer.headers["allow"] == "GET, POST"


async def test_what_cannot_be_kept_is_the_callers_error(client):
    is_problem(await client.post("/v1/notes", json={"words": "a", "weight": 2**40}), 422, "out of range")
    is_problem(await client.post("/v1/notes", json={"words": "a\0"}), 422, "NUL")
    is_problem(await client.get("/v1/notes?cursor=%00"), 400, "NUL")


async def test_an_unexpected_error_shows_nothing_of_the_inside_and_is_logged_with_its_trace(client, lines):
    problem = is_problem(await client.post("/v1/notes", json={"words": "bug"}), 500)
    assert "secret" not in json.dumps(problem)
    assert [line["event"] for line in lines] == ["request.failed", "request.served"]


async def test_a_connection_lost_outside_of_a_transaction_is_a_503_too(world, monkeypatch):
    async def lost():
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    monkeypatch.setattr(world.running, "work", lost)
    answer = await world.client("administrator").get("/v1/work")
    is_problem(answer, 503, "try again")
    assert answer.headers["retry-after"] == "1"


async def test_a_database_that_is_away_is_a_503_to_come_again(world, client, monkeypatch):
    monkeypatch.setattr("chassis.db.TRIES", 1)

    async def away(*_args, **_kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(world.running.database, "run", away)
    answer = await client.get("/v1/notes")
    is_problem(answer, 503, "try again")
    assert answer.headers["retry-after"] == "1"


# -- pages, versions ---------------------------------------------------------------------------------------


async def test_a_list_is_read_page_by_page_without_loss(world, client):
    for number in range(5):
        await client.post("/v1/notes", json={"words": str(number)})
    found, cursor = [], None
    while True:
        page = (await client.get("/v1/notes", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        found += [note["words"] for note in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=%3D%3D", "cursor=W10", "cursor=WzFd"])
async def test_a_page_out_of_bounds_is_refused(client, query):
    problem = is_problem(await client.get(f"/v1/notes?{query}"), 422)
    assert problem["errors"][0]["field"] in {"limit", "cursor"}


async def test_two_who_edit_one_thing_do_not_overwrite_each_other_unseen(client):
    note = (await client.post("/v1/notes", json={"words": "a"})).json()["id"]
    tag = {"If-Match": (await client.get(f"/v1/notes/{note}")).headers["etag"]}
    is_problem(await client.put(f"/v1/notes/{note}", json={"words": "b"}), 428, "If-Match")
    assert (await client.put(f"/v1/notes/{note}", json={"words": "b"}, headers=tag)).json()["version"] == 2
    is_problem(await client.put(f"/v1/notes/{note}", json={"words": "c"}, headers=tag), 412, "Read it again")


# -- limits, health, logs, docs ----------------------------------------------------------------------------


async def test_who_asks_too_often_is_told_when_to_come_again(a_world):
    world = await a_world(EXAMPLE, requests_per_second=3)
    client = world.client("system", "robot")
    answers = [await client.get("/v1/work") for _ in range(5)]
    assert [each.status_code for each in answers][:3] == [200, 200, 200]
    is_problem(answers[-1], 429)
    assert answers[-1].headers["retry-after"] == "1"


async def test_health_and_metrics_need_no_token(world):
    client = world.anonymous()
    assert (await client.get("/health/live")).json() == {"status": "pass", "reasons": []}
    assert (await client.get("/health/ready")).json() == {"status": "pass", "reasons": []}
    text = (await client.get("/metrics")).text
    assert "mentoring_pool_size_connections" in text
    assert 'mentoring_http_request_seconds_count{method="GET",route="/health/live",status="200"}' in text


async def test_a_database_that_is_away_makes_it_not_ready_but_alive(world, monkeypatch):
    async def not_ready():
        return ["the database cannot be used"]

    monkeypatch.setattr(world.running, "ready", not_ready)
    assert (await world.anonymous().get("/health/ready")).status_code == 503
    assert (await world.anonymous().get("/health/live")).status_code == 200


async def test_one_line_per_request_without_ids_in_the_route_or_query_text(client, lines):
    await client.get(f"/v1/notes/{uuid4()}?note=ada@corp.example")
    (line,) = lines
    assert line | {"duration_ms": 0} == {
        "event": "request.served",
        "log_level": "info",
        "method": "GET",
        "route": "/v1/notes/{note_id}",
        "status": 404,
        "caller": "p-1",
        "error": "NotFound",
        "duration_ms": 0,
    }


async def test_the_callers_correlation_goes_along_and_a_broken_one_is_replaced(client):
    given = str(uuid4())
    assert (await client.get("/v1/notes", headers={"X-Correlation-Id": given})).headers["x-correlation-id"] == given
    made = (await client.get("/v1/notes", headers={"X-Correlation-Id": "x"})).headers["x-correlation-id"]
    assert len(made) == 36


async def test_the_test_clock_moves_forward_only_and_by_an_administrator_only(world):
    administrator = world.client("administrator")
    moved = await administrator.put("/v1/test-clock", json={"now": "2027-03-01T00:00:00Z"})
    assert moved.json() == {"now": "2027-03-01T00:00:00Z"}
    is_problem(await administrator.put("/v1/test-clock", json={"now": "2027-02-01T00:00:00Z"}), 409, "never goes back")
    is_problem(await administrator.put("/v1/test-clock", json={"now": "2027-04-01T00:00:00"}), 422, "offset")
    is_problem(await world.client("system").put("/v1/test-clock", json={"now": "2027-04-01T00:00:00Z"}), 403)


async def test_without_a_test_clock_there_is_no_such_address(a_world):
    world = await a_world(EXAMPLE)
    world.running.settings = world.running.settings.model_copy(update={"test_clock": False})
    is_problem(await world.client("administrator").get("/v1/test-clock"), 404)


async def test_the_docs_work_without_the_internet(world):
    page = (await world.anonymous().get("/docs")).text
    assert "https://" not in page
    assert (await world.anonymous().get("/docs/assets/swagger-ui-bundle.js")).status_code == 200


async def test_openapi_is_3_1_and_says_what_every_route_does(world):
    document = (await world.anonymous().get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    Draft202012Validator.check_schema(document["components"]["schemas"]["Problem"])
    write = document["paths"]["/v1/notes"]["post"]
    assert {"201", "400", "401", "403", "408", "409", "413", "415", "422", "429", "503"} == set(write["responses"])
    assert document["components"]["responses"]["Problem503"]["headers"]["Retry-After"]["schema"]["type"] == "integer"
    assert [each["name"] for each in write["parameters"]] == ["Idempotency-Key"]
    assert write["x-roles"] == ["administrator", "coordinator", "participant", "system"]
    assert "404" in document["paths"]["/v1/notes/{note_id}"]["get"]["responses"]
    assert document["security"] == [{"bearer": []}]


async def test_a_worker_has_health_and_metrics_only(world):
    import httpx

    app = make_app(world.running, role="worker")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://worker.test") as worker:
        assert (await worker.get("/health/live")).status_code == 200
        assert (await worker.get("/docs")).status_code == 404
        is_problem(await worker.get("/v1/notes"), 401)
