"""Groups that people opted into, handed in by a coordinator for the equity report of a program."""

import structlog

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.files.groups import Members
from services.matching.files.tables import MOST_NAMED, BadFile
from services.matching.handlers.programs import managed
from services.matching.store import groups

log = structlog.get_logger()


async def replace(tx: Tx, program_id: ProgramId, members: Members, *, coordinator: PersonId) -> None:
    """Saves these groups in place of those the program had; none at all forgets them. Runs from now on report them."""
    program = await managed(tx, program_id, coordinator=coordinator)
    program.must_be_open()
    known = await groups.known(tx, {person for _, person in members.lines})
    if unknown := members.unknown(known):
        lines = [f"line {line}: nobody here has the id `{person[:40]}`" for line, person in unknown[:MOST_NAMED]]
        more = f"\nand {len(unknown) - MOST_NAMED} more lines" if len(unknown) > MOST_NAMED else ""
        raise BadFile("\n".join(lines) + more)
    found = members.groups()
    await groups.replace(tx, program_id, found)
    # Who is in which is nobody's business but the report's.
    log.info("groups.replaced", program_id=str(program_id), groups=len(found), lines=len(members.lines))
