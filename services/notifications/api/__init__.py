"""HTTP in, answers and errors out: one file per noun."""

from services.notifications.api import letters, preferences

ROUTERS = (letters.router, preferences.router)
