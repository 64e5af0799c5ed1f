"""How long events, and the log of their deliveries, are kept."""

from datetime import timedelta

KEPT = timedelta(days=14)
"""As long as an inbox remembers what it has heard: within it an event heard twice is queued once. No setting, since
the promise to receivers depends on it: three days of attempts, and a pause in which somebody may be on holiday."""
