"""The storm in short; `make storm MINUTES=5 SEED=2` makes a long one."""

import pytest

from tests.faults.storm.__main__ import Storm, weather


@pytest.mark.full
def test_a_company_comes_to_the_same_end_through_any_weather(row, folder):
    with row("storm", "1 minute, seed 7") as storm:
        weather(Storm(folder, size=50, seed=7), 1, storm)
