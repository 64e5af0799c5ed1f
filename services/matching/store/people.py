"""Everybody this service has heard of. `sequence`, never time, decides what is newer."""

from collections.abc import Collection, Sequence

from chassis.db import Tx
from chassis.envelope import Heard
from contracts.event import PersonId
from contracts.matching import ProgramId
from contracts.profiles import PersonLeft, ProfileUpdated
from services.matching.domain.person import Known, known_from


async def take_up(tx: Tx, heard: Sequence[Heard[ProfileUpdated]]) -> set[PersonId]:
    """Saves these profiles, one per person; gives back whose was news."""
    rows = await tx.fetch(
        """
        WITH told AS MATERIALIZED (
            SELECT sequence, body::jsonb AS profile FROM unnest($1::bigint[], $2::text[]) AS t (sequence, body)
        )
        INSERT INTO people (person_id, sequence, roles, mentor_seats, function, manager_id, profile)
        SELECT profile->>'person_id', sequence,
            ARRAY(SELECT jsonb_array_elements_text(profile->'roles')),
            (profile->>'mentor_seats')::smallint, profile->>'function', profile->>'manager_id', profile
        FROM told
        ORDER BY profile->>'person_id'
        ON CONFLICT (person_id) DO UPDATE SET
            sequence = excluded.sequence, roles = excluded.roles, mentor_seats = excluded.mentor_seats,
            function = excluded.function, manager_id = excluded.manager_id, profile = excluded.profile,
            left_on = NULL
        WHERE people.sequence < excluded.sequence
        RETURNING person_id
        """,
        [each.sequence for each in heard],
        [each.event.body() for each in heard],
    )
    return {row["person_id"] for row in rows}


async def let_go(tx: Tx, event: PersonLeft, *, sequence: int) -> bool:
    """Marks somebody as gone; also somebody whose profile was never heard. Tells whether that was news."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO people (person_id, sequence, left_on) VALUES ($1, $2, $3)
            ON CONFLICT (person_id) DO UPDATE SET sequence = excluded.sequence, left_on = excluded.left_on
            WHERE people.sequence < excluded.sequence
            RETURNING true
            """,
            event.person_id,
            sequence,
            event.left_on,
        )
    )


async def lock(tx: Tx, people: Collection[PersonId]) -> None:
    """Takes the rows of these people, in the one order that everybody takes them in: no deadlocks.

    NO KEY UPDATE, so that rows that refer to them may still be written meanwhile.
    """
    await tx.execute("SELECT FROM people WHERE person_id = ANY($1) ORDER BY person_id FOR NO KEY UPDATE", list(people))


async def known(tx: Tx, people: Collection[PersonId]) -> dict[PersonId, Known]:
    """Those of them who are still here."""
    rows = await tx.fetch(
        "SELECT person_id, profile::text FROM people WHERE person_id = ANY($1) AND left_on IS NULL", list(people)
    )
    return {row["person_id"]: known_from(row["profile"]) for row in rows}


async def with_free_seats(tx: Tx) -> list[tuple[Known, int]]:
    """Mentors with a free seat, and how many they have, by id."""
    rows = await tx.fetch(
        """
        SELECT profile::text, mentor_seats - taken AS free
        FROM people, LATERAL (SELECT count(*)::int AS taken FROM seats WHERE mentor_id = person_id) AS t
        WHERE left_on IS NULL AND roles @> ARRAY['mentor'] AND mentor_seats > taken
        ORDER BY person_id
        """
    )
    return [(known_from(row["profile"]), row["free"]) for row in rows]


async def taking_part(tx: Tx) -> list[tuple[str, int]]:
    """The profile, as it was told, of everybody with a role; and how many seats they have free."""
    rows = await tx.fetch(
        """
        SELECT profile::text, mentor_seats - taken AS free
        FROM people, LATERAL (SELECT count(*)::int AS taken FROM seats WHERE mentor_id = person_id) AS t
        WHERE left_on IS NULL AND roles <> '{}' ORDER BY person_id
        """
    )
    return [(row["profile"], max(0, row["free"])) for row in rows]


async def looking_in(
    tx: Tx, program_id: ProgramId, functions: Collection[str], *, after: PersonId | None, limit: int
) -> list[PersonId]:
    """Mentees of a program with neither a mentor nor an open offer or request, by id, after a given one.

    Job families are compared as `domain.program.takes` compares them.
    """
    rows = await tx.fetch(
        """
        SELECT person_id FROM people
        WHERE left_on IS NULL AND roles @> ARRAY['mentee'] AND ($3::text IS NULL OR person_id > $3)
            AND ($2::text[] = '{}' OR lower(btrim(function)) = ANY($2))
            AND NOT EXISTS (SELECT FROM matches WHERE program_id = $1 AND mentee_id = person_id
                AND state IN ('proposed', 'accepted'))
        ORDER BY person_id LIMIT $4
        """,
        program_id,
        [name.strip().lower() for name in functions],
        after,
        limit,
    )
    return [row["person_id"] for row in rows]


async def managers(tx: Tx) -> dict[PersonId, PersonId | None]:
    """Who reports to whom in the whole company."""
    rows = await tx.fetch("SELECT person_id, manager_id FROM people WHERE manager_id IS NOT NULL")
    return {row["person_id"]: row["manager_id"] for row in rows}


async def lines_of(tx: Tx, people: Collection[PersonId]) -> dict[PersonId, PersonId | None]:
    """Who reports to whom, from these people up; also through people who take part in nothing, or have left."""
    rows = await tx.fetch(
        """
        WITH RECURSIVE line AS (
            SELECT person_id, manager_id FROM people WHERE person_id = ANY($1)
            UNION
            SELECT p.person_id, p.manager_id FROM people p JOIN line ON p.person_id = line.manager_id
        ) SELECT person_id, manager_id FROM line
        """,
        list(people),
    )
    return {row["person_id"]: row["manager_id"] for row in rows}


async def with_all_below(tx: Tx, people: Collection[PersonId]) -> set[PersonId]:
    """These people and everybody whose reporting line runs through one of them."""
    rows = await tx.fetch(
        """
        WITH RECURSIVE below AS (
            SELECT unnest($1::text[]) AS person_id
            UNION
            SELECT p.person_id FROM people p JOIN below ON p.manager_id = below.person_id
        ) SELECT person_id FROM below
        """,
        list(people),
    )
    return {row["person_id"] for row in rows}
