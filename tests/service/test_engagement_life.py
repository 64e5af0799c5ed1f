"""A whole life of a pair on a real database, and what hearing everything again does to it: nothing."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from contracts.engagement import (
    AgreementDue,
    AgreementSigned,
    CheckinCompleted,
    CheckinDue,
    CheckinMissed,
    MeetingHeld,
    MeetingScheduled,
    RelationshipClosed,
    RelationshipStarted,
)
from contracts.matching import Cadence, MatchAccepted, Policy, ProgramClosed, ProgramOpened, ProgramUpdated, Terms
from contracts.profiles import PersonLeft, ProfileUpdated
from services.engagement.__main__ import SERVICE
from services.engagement.domain.relationship import relationship_id_of

PROGRAM = UUID("0192f0c4-7a1e-7c3b-9d55-0242ac120001")
MENTEE, MENTOR, COORDINATOR = "p-0042", "p-0007", "c-1"
START = date(2027, 1, 12)
TABLES = ("people", "programs", "relationships", "agreement_sides", "meetings", "checkins", "private_notes", "tasks")
WISH = {"rhythm": "every-two-weeks", "channel": "video", "focus": ["negotiation"], "weeks": 12}


def a_match(*, mentee: str = MENTEE, mentor: str = MENTOR, weeks: int = 12, **cadence) -> MatchAccepted:
    return MatchAccepted(
        match_id=uuid4(),
        program_id=PROGRAM,
        mentee_id=mentee,
        mentor_id=mentor,
        terms=Terms(
            starts_on=START,
            length_weeks=weeks,
            cadence=Cadence(**cadence),
            mentee_time_zone="Europe/Berlin",
            mentor_time_zone="Asia/Kolkata",
        ),
    )


def a_profile(person_id: str, time_zone: str = "Europe/Berlin", **given) -> ProfileUpdated:
    return ProfileUpdated.example().model_copy(
        update={"person_id": person_id, "time_zone": time_zone, "country": None} | given
    )


def a_program(kind=ProgramOpened, coordinators=(COORDINATOR,), version: int = 1):
    policy = Policy(name="Spring", starts_on=START, coordinators=coordinators)
    return kind(program_id=PROGRAM, policy_version=version, policy=policy)


async def a_pair(a_world, **given):
    """A world in which one pair has just begun."""
    world = await a_world(SERVICE)
    match = a_match(**given)
    await world.hear(a_profile(MENTEE), a_profile(MENTOR, "Asia/Kolkata"), a_program(), match)
    return world, relationship_id_of(match.match_id), match


async def state(world) -> dict[str, list]:
    """Everything the service knows, timers included."""
    tables = {}
    for table in (*TABLES, "timers"):
        rows = await world.pool.fetch(f"SELECT * FROM {table}")
        tables[table] = sorted(tuple(map(str, row.values())) for row in rows)
    return tables


async def names(world) -> list[str]:
    return [event.event_name() for event in await world.told()]


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant so many days after the pair's first day, in UTC."""
    return datetime(2027, 1, 12, hour, minute, tzinfo=UTC) + timedelta(days=day)


async def sign(world, relationship_id, **wish):
    for person in (MENTEE, MENTOR):
        answer = await world.client("participant", person).put(
            f"/v1/relationships/{relationship_id}/agreement", json=WISH | wish
        )
        assert answer.status_code == 200, answer.text
    return answer.json()


async def open_checkins(world, person: str) -> list[dict]:
    page = (await world.client("participant", person).get("/v1/checkins")).json()
    return [each for each in page["items"] if each["status"] == "open"]


async def answer_all(world, person: str) -> None:
    for checkin in await open_checkins(world, person):
        answer = await world.client("participant", person).post(
            f"/v1/checkins/{checkin['id']}/answer", json={"pulse": 4}
        )
        assert answer.status_code == 200, answer.text


async def turn_to(world, instant: datetime) -> None:
    await world.clock.set(instant)
    await world.fire_timers()


async def test_a_pair_lives_from_the_first_day_to_the_last(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    mentee = world.client("participant", MENTEE)
    await sign(world, relationship_id)
    scheduled = await mentee.post(
        f"/v1/relationships/{relationship_id}/meetings",
        json={"starts_at": at(8, 14).isoformat(), "length_minutes": 45, "channel": "video"},
    )
    assert scheduled.status_code == 201, scheduled.text
    await turn_to(world, at(8, 15))
    held = await mentee.post(f"/v1/meetings/{scheduled.json()['id']}/held")
    assert held.json()["status"] == "held"
    await turn_to(world, at(14, 12))
    await answer_all(world, MENTEE)
    await turn_to(world, at(17))
    await turn_to(world, at(45, 12))
    await answer_all(world, MENTEE)
    await answer_all(world, MENTOR)
    await turn_to(world, at(91, 12))
    assert await names(world) == [
        "relationship-started",
        "agreement-signed",
        "meeting-scheduled",
        "meeting-held",
        "checkin-due",
        "checkin-due",
        "checkin-completed",
        "checkin-missed",
        "checkin-due",
        "checkin-due",
        "checkin-completed",
        "checkin-completed",
        "relationship-closed",
    ]
    closed = (await world.told(RelationshipClosed))[0]
    assert (closed.relationship_id, closed.reason) == (relationship_id, "completed")
    assert await world.pool.fetchval("SELECT count(*) FROM timers") == 0


async def test_hearing_everything_again_with_an_empty_inbox_changes_and_tells_nothing(a_world):
    world, relationship_id, match = await a_pair(a_world)
    await sign(world, relationship_id)
    await turn_to(world, at(14, 12))
    await answer_all(world, MENTOR)
    other = a_match(mentee="p-0050")
    await world.hear(a_profile("p-0050"), other)
    left = PersonLeft(person_id="p-0050", left_on=START)
    await world.hear(left, sequence=2)
    before, told = await state(world), await names(world)
    for _ in range(2):
        await world.forget_heard()
        await world.hear(
            a_profile(MENTEE),
            a_profile(MENTOR, "Asia/Kolkata"),
            a_program(),
            match,
            other,
        )
        await world.hear(a_profile("p-0050"))
        await world.hear(left, sequence=2)
        await world.fire_timers()
        assert await state(world) == before
        assert await names(world) == told


async def test_a_match_starts_one_relationship_however_often_it_is_heard(a_world):
    world = await a_world(SERVICE)
    match, event_id = a_match(), uuid4()
    await world.hear(match, event_id=event_id)
    await world.hear(match, event_id=event_id)
    await world.hear(match)
    (started,) = await world.told()
    assert started == RelationshipStarted(
        relationship_id=relationship_id_of(match.match_id),
        **match.model_dump(exclude={"terms"}),
        starts_on=START,
        ends_on=date(2027, 4, 6),
        agreement_due_at=at(7, 8),
    )


async def test_everything_of_one_pair_in_one_batch_works(a_world):
    world = await a_world(SERVICE)
    match = a_match()
    await world.hear(
        a_profile(MENTEE), match, a_profile(MENTEE, "America/New_York"), PersonLeft(person_id=MENTOR, left_on=START)
    )
    assert await names(world) == ["relationship-started", "relationship-closed"]


async def test_coordinators_follow_the_newest_policy_also_after_the_program_closed(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await world.hear(a_program(ProgramUpdated, ("c-2",), 2), sequence=5)
    await world.hear(a_program(ProgramUpdated, ("c-3",), 1), sequence=4)
    path = f"/v1/relationships/{relationship_id}"
    assert (await world.client("coordinator", COORDINATOR).get(path)).status_code == 404
    assert (await world.client("coordinator", "c-2").get(path)).status_code == 200
    await world.hear(a_program(ProgramClosed, ("c-4",), 3), sequence=6)
    assert (await world.client("coordinator", "c-4").get(path)).status_code == 200
    assert (await world.client("coordinator", "c-3").get(path)).status_code == 404


async def test_a_profile_that_nobody_can_plan_with_is_parked_and_the_others_are_taken_up(a_world):
    world = await a_world(SERVICE)
    await world.hear(
        a_profile("p-1"),
        a_profile("p-2", working_hours=("never",)),
        a_profile("p-3", "Mars/Olympus"),
        a_profile("p-4"),
        parks=True,
    )
    assert [row["key"] for row in await world.parked()] == ["p-2", "p-3"]
    people = await world.pool.fetch("SELECT person_id FROM people ORDER BY person_id")
    assert [row["person_id"] for row in people] == ["p-1", "p-4"]


async def test_every_event_told_belongs_to_the_story_of_the_relationship(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await sign(world, relationship_id)
    rows = await world.pool.fetch("SELECT topic, key, headers::jsonb->>'ce_sequence' AS n FROM outbox ORDER BY id")
    assert {(row["topic"], row["key"]) for row in rows} == {("engagement.relationship.v1", str(relationship_id))}
    assert [row["n"] for row in rows] == ["1", "2"]


def test_what_is_told_is_what_the_service_says_it_tells():
    assert set(SERVICE.tells) >= {
        AgreementDue,
        AgreementSigned,
        CheckinCompleted,
        CheckinDue,
        CheckinMissed,
        MeetingHeld,
        MeetingScheduled,
    }
