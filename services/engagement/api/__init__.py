"""HTTP in, answers and errors out: one file per noun."""

from services.engagement.api import checkins, meetings, relationships, tasks

ROUTERS = (relationships.router, meetings.router, checkins.router, tasks.router)
