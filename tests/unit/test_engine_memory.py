"""A cohort that does not fit is refused before it begins, with the number."""

import pytest

from chassis.errors import Invalid
from services.matching.engine import memory


def test_what_does_not_fit_is_refused_with_the_number(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 2 * memory.GIB)
    memory.must_hold(20_000_000)
    with pytest.raises(Invalid, match=r"6000000000 pairs .* need 335\.3 GiB of memory and 2\.0 GiB are free"):
        memory.must_hold(6_000_000_000)


def test_a_cohort_that_is_streamed_needs_memory_for_its_people_alone(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 2 * memory.GIB)
    memory.must_stream(160_000)
    with pytest.raises(Invalid, match=r"1600000 mentees and mentors may need 8\.9 GiB of memory and 2\.0 GiB are free"):
        memory.must_stream(1_600_000)


def test_the_limit_of_a_container_counts(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    whole = memory.free_bytes()
    assert whole > 0
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("5000\n")
    assert memory.free_bytes() > 5000
    (tmp_path / "memory.max").write_text("9000\n")
    assert memory.free_bytes() == 4000
