"""What a policy must hold beyond the kinds of its fields, wherever it comes from: a body of the API or a file."""

from collections.abc import Sequence
from datetime import date

from contracts.matching import Rules, Weights
from contracts.profiles import HIGHEST_JOB_LEVEL, LOWEST_LEVEL

DAYS_A_WEEK = 7
MOST_WEEKS = 260
USUAL_WEEKS = 12
ROUNDING = 1e-6
WIDEST_GAP = HIGHEST_JOB_LEVEL - LOWEST_LEVEL
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
"""Far enough; beyond it no calendar can add up deadlines."""


def add_up(weights: Weights) -> Weights:
    """The weights, or a ValueError: they add up to 1."""
    total = sum(weights.model_dump().values())
    if abs(total - 1) > ROUNDING:
        raise ValueError(f"the weights add up to {total:.4g}; make them add up to 1")
    return weights


def with_a_band(rules: Rules) -> Rules:
    """The rules, or a ValueError: a gap in levels goes from less to more, and no further than levels go."""
    least, most = rules.seniority_gap
    if least > most:
        raise ValueError(f"seniority_gap goes from {least} to {most}; give the smaller number first")
    if least < -WIDEST_GAP or most > WIDEST_GAP:
        raise ValueError(f"seniority_gap: levels are at most {WIDEST_GAP} apart, so give -{WIDEST_GAP} to {WIDEST_GAP}")
    return rules


def rising(days: Sequence[int]) -> Sequence[int]:
    """The days, or a ValueError: each is later than the one before, and within the longest program."""
    if list(days) != sorted(set(days)):
        raise ValueError("give the days after the start in rising order, like [14, 45]")
    if days and not 1 <= days[0] <= days[-1] <= MOST_WEEKS * DAYS_A_WEEK:
        raise ValueError(f"give days from 1 to {MOST_WEEKS * DAYS_A_WEEK} after the start")
    return days


def in_the_calendar(day: date) -> date:
    """The day, or a ValueError: deadlines can be counted from it."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"give a day from {FIRST_DAY} to {LAST_DAY}")
    return day


def after(starts_on: date, ends_on: date) -> date:
    """The last day, or a ValueError: it is after the first."""
    if ends_on <= starts_on:
        raise ValueError(f"the program would end before it starts on {starts_on}; give a later day")
    return ends_on


def weeks(starts_on: date, ends_on: date | None, length_weeks: int | None) -> int:
    """How long a pair works together, said one way or the other; a ValueError if it was said both ways."""
    if ends_on and length_weeks:
        raise ValueError("give length_weeks or ends_on, not both")
    found = max(1, round((ends_on - starts_on).days / DAYS_A_WEEK)) if ends_on else length_weeks or USUAL_WEEKS
    if found > MOST_WEEKS:
        raise ValueError(f"from starts_on to ends_on are {found} weeks; a program has {MOST_WEEKS} at most")
    return found
