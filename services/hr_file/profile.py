"""What an entry of the HR file means for a profile: the import tells it, matching on files uses it as it is."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from chassis.calendar import local_day
from contracts.profiles import ProfileUpdated
from services.hr_file.entry import Entry

PROFILE_FIELDS = tuple(ProfileUpdated.model_fields)
_DEFAULTS: Mapping[str, Any] = {"roles": (), "mentor_seats": 1, "working_hours": ("Mon-Fri 09:00-17:00",)}


def profile_of(entry: Entry) -> ProfileUpdated:
    """The profile of somebody who enters, without name and address; what is not spoken of has its default."""
    given = {field: value for field, value in entry.values.items() if field in PROFILE_FIELDS}
    return ProfileUpdated(**{**_DEFAULTS, **given})


def is_over(left_on: date | None, time_zone: str, *, now: datetime) -> bool:
    """Whether a last day has passed there; without a last day it has not."""
    return left_on is not None and left_on < local_day(now, time_zone)
