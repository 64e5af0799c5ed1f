"""Who opted into which group of a program."""

from collections.abc import Collection, Mapping

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import ProgramId


async def replace(tx: Tx, program_id: ProgramId, groups: Mapping[str, Collection[PersonId]]) -> None:
    """Saves these groups in place of all that the program had."""
    await tx.execute("DELETE FROM group_members WHERE program_id = $1", program_id)
    rows = [(group, person) for group, people in groups.items() for person in people]
    await tx.execute(
        "INSERT INTO group_members (program_id, group_name, person_id)"
        " SELECT $1, * FROM unnest($2::text[], $3::text[])",
        program_id,
        [group for group, _ in rows],
        [person for _, person in rows],
    )


async def of_program(tx: Tx, program_id: ProgramId) -> dict[str, list[PersonId]]:
    """Group → people."""
    rows = await tx.fetch(
        "SELECT group_name, array_agg(person_id ORDER BY person_id) AS people FROM group_members"
        " WHERE program_id = $1 GROUP BY group_name ORDER BY group_name",
        program_id,
    )
    return {row["group_name"]: row["people"] for row in rows}


async def known(tx: Tx, people: Collection[PersonId]) -> set[PersonId]:
    """Which of these ids belong to somebody who has not left."""
    rows = await tx.fetch("SELECT person_id FROM people WHERE person_id = ANY($1) AND left_on IS NULL", sorted(people))
    return {row["person_id"] for row in rows}


async def forget(tx: Tx, person_id: PersonId) -> None:
    """Forgets what somebody who left had said."""
    await tx.execute("DELETE FROM group_members WHERE person_id = $1", person_id)
