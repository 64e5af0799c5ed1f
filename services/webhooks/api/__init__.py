"""HTTP in, answers and errors out: one file per noun."""

from services.webhooks.api import actions, deliveries, subscriptions

ROUTERS = (subscriptions.router, actions.router, deliveries.router)
