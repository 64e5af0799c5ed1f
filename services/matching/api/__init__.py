"""HTTP in, answers out; one file per noun."""

from services.matching.api import matches, people, programs, rulings, runs

ROUTERS = (programs.router, rulings.router, runs.router, matches.router, people.router)
