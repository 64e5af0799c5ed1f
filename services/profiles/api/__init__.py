"""People and HR files over HTTP."""

from services.profiles.api import imports, people

ROUTERS = (people.router, imports.router)
