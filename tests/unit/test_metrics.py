"""Metrics have words, units and few labels; lag is that of the oldest record that is not done."""

from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from chassis import metrics
from chassis.consumer import lag
from chassis.consumer.lag import InHand, Lag
from chassis.contract_docs.metrics_page import LABELS, declared, labels, names
from services.matching.progress import Board

PLACE = TopicPartition("profiles.person.v1", 2)
UNITS = (
    "rows",
    "records",
    "messages",
    "events",
    "stories",
    "subscriptions",
    "timers",
    "items",
    "connections",
    "people",
    "seconds",
    "ratio",
    "info",
)
WITHOUT_UNIT = {"mentoring_ready"}
"""Yes or no."""
ABOUT_PEOPLE = (
    "person",
    "mentee",
    "mentor_id",
    "coordinator",
    "caller",
    "subject",
    "key",
    "email",
    "name",
    "letter_id",
    "match_id",
)
EACH = [(where, each) for where, found in declared() for each in found]


@pytest.fixture
def clock(monkeypatch):
    """A clock turned by hand."""
    clock = SimpleNamespace(at=1_000.0)
    monkeypatch.setattr(lag.time, "time", lambda: clock.at)
    return clock


def records(*written_at):
    return [SimpleNamespace(topic=PLACE.topic, partition=PLACE.partition, timestamp=at * 1000) for at in written_at]


def shown():
    """Records and seconds of lag, as a scraper reads them."""
    behind, age = (gauge.labels(*PLACE)._value.get() for gauge in (metrics.CONSUMER_LAG, metrics.CONSUMER_LAG_SECONDS))
    return behind, age


@pytest.mark.parametrize(("where", "metric"), EACH, ids=[names(each)[0] for _, each in EACH])
def test_a_metric_has_a_meaning_a_unit_in_its_name_and_known_labels(where, metric):
    name = names(metric)[0]
    assert name.startswith("mentoring_")
    assert name in WITHOUT_UNIT or name.endswith(("_total", *UNITS))
    assert next(iter(metric.describe())).documentation.endswith(".")
    assert set(labels(metric)) <= LABELS.keys()


def test_no_label_can_carry_who_somebody_is():
    assert {label for label in LABELS if any(word in label for word in ABOUT_PEOPLE)} == set()


def test_what_is_in_hand_counts_as_behind_with_the_age_of_its_oldest(clock):
    in_hand = InHand()
    here = Lag(in_hand)
    in_hand.take(records(940, 990))
    here.show(PLACE, 5)
    assert shown() == (7, 60)


def test_a_batch_that_is_given_back_counts_once_and_keeps_its_age(clock):
    in_hand = InHand()
    here = Lag(in_hand)
    in_hand.take(records(940, 990))
    in_hand.give_back()
    clock.at = 1_100.0
    here.show(PLACE, 2)
    assert shown() == (2, 160)


def test_who_has_done_all_is_not_behind(clock):
    in_hand = InHand()
    here = Lag(in_hand)
    in_hand.take(records(940))
    in_hand.finish(records(940))
    here.show(PLACE, 0)
    assert shown() == (0, 0)


def test_a_record_after_a_quiet_hour_is_not_an_hour_old(clock):
    in_hand = InHand()
    here = Lag(in_hand)
    in_hand.finish(records(940))
    here.show(PLACE, 0)
    clock.at += 3_600
    here.show(PLACE, 0)
    clock.at += 2
    here.show(PLACE, 1)
    assert shown() == (1, 2)


def test_a_partition_that_somebody_else_has_shows_no_lag_here(clock):
    here = Lag(InHand())
    here.show(PLACE, 5)
    here.forget_all_but({})
    assert tuple(PLACE) not in {(topic, int(number)) for topic, number in metrics.CONSUMER_LAG._metrics}


def test_the_phases_of_a_run_add_up(monkeypatch):
    from services.matching import progress

    at = iter([0, 2_000_000_000, 5_000_000_000, 6_000_000_000])
    monkeypatch.setattr(progress.time, "monotonic_ns", lambda: next(at) + 1)
    board = Board()
    board.write("rules and scores", 0.0)
    board.write("best matching and proof", 0.0)
    board.write("best matching and proof", 0.5)
    assert board.seconds() == {"profiles": 2.0, "rules and scores": 3.0, "best matching and proof": 1.0}
