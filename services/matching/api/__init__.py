"""HTTP in, answers out; one file per noun."""

from services.matching.api import matches, people, programs, runs

ROUTERS = (programs.router, runs.router, matches.router, people.router)
