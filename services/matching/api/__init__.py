"""HTTP in, answers out; one file per noun."""

from services.matching.api import matches, people, programs, rulings, runs, what_ifs

ROUTERS = (programs.router, rulings.router, runs.router, what_ifs.router, matches.router, people.router)
