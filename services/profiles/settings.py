"""What this service needs to know: nothing beyond the chassis' settings so far."""

from chassis import settings


class Settings(settings.Settings):
    """The chassis' settings."""
