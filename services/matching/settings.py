"""What this service needs beyond what every service needs: nothing so far."""

from chassis.settings import Settings as Base


class Settings(Base):
    """Rules and rhythms are policy of each program, stored as data; none of them is a setting."""
