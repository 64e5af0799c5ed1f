"""What this service needs beyond what every service needs."""

from pydantic import Field

from chassis.settings import Settings as Base


class Settings(Base):
    """Rules and rhythms are policy of each program, stored as data; none of them is a setting."""

    population_days: int = Field(400, ge=1, description="how long a run can be run again with another policy")
