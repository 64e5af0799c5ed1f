"""HTTP in, answers out; one file per noun."""

from services.matching.api import choices, groups, matches, people, programs, rulings, runs, what_ifs

ROUTERS = (
    programs.router,
    rulings.router,
    choices.router,
    groups.router,
    runs.router,
    what_ifs.router,
    matches.router,
    people.router,
)
