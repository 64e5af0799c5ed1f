"""What a topic must hold, and what is said when it does not."""

from chassis.reconcile.books import Books, Kept
from chassis.reconcile.numbers import in_words, without, without_all


def books(*stories: tuple[bytes, int, Kept]) -> Books:
    found = Books()
    for story in stories:
        found.add(*story)
    found.close()
    return found


def see(found: Books, key: bytes, *numbers: int, all_before: bool = True) -> None:
    for number in numbers:
        found.see(key, number, all_before=all_before)


def end_of(found: Books, key: bytes, *, all_there: bool = True) -> list[tuple[int, int]]:
    return list(found.end_missing(key, all_there=all_there))


def test_a_story_that_is_whole_has_nothing_missing_and_a_repeated_record_is_counted():
    found = books((b"a", 3, Kept.WHOLE), (b"b", 1, Kept.WHOLE))
    see(found, b"a", 1, 2, 1, 2, 3)
    see(found, b"b", 1)
    assert (found.gaps, found.ahead, found.unfinished(), found.repeated) == ({}, {}, 0, 2)
    assert end_of(found, b"a") == []


def test_a_number_that_was_jumped_over_is_a_gap_until_it_comes():
    found = books((b"a", 5, Kept.WHOLE))
    see(found, b"a", 1, 5)
    assert found.gaps == {b"a": [(2, 4)]}
    see(found, b"a", 3)
    assert found.gaps == {b"a": [(2, 2), (4, 4)]}
    see(found, b"a", 2, 4)
    assert found.gaps == {}


def test_what_was_told_last_and_is_not_there_is_missing():
    found = books((b"a", 3, Kept.WHOLE), (b"b", 2, Kept.WHOLE))
    see(found, b"a", 1)
    assert found.unfinished() == 2
    assert (end_of(found, b"a"), end_of(found, b"b")) == ([(2, 3)], [(1, 2)])


def test_what_age_has_thrown_away_is_not_missing():
    found = books((b"old", 9, Kept.NOTHING), (b"long", 9, Kept.END), (b"cut", 9, Kept.END))
    see(found, b"cut", 7, 9)
    assert end_of(found, b"old") == []
    assert end_of(found, b"long") == [(9, 9)], "its last number is young enough to be there"
    assert found.gaps == {b"cut": [(8, 8)]}, "the beginning may be gone, the middle may not"
    assert found.expired() == 1


def test_on_a_topic_that_was_compacted_only_the_last_number_must_be_there():
    found = books((b"a", 5, Kept.WHOLE), (b"b", 4, Kept.WHOLE))
    see(found, b"a", 2, 5, all_before=False)
    see(found, b"b", 2, all_before=False)
    assert found.gaps == {}
    assert (end_of(found, b"a", all_there=False), end_of(found, b"b", all_there=False)) == ([], [(4, 4)])


def test_what_nobody_told_is_said_by_its_highest_number():
    found = books((b"a", 2, Kept.WHOLE))
    see(found, b"a", 1, 2, 9, 4)
    see(found, b"stranger", 1)
    assert found.ahead == {b"a": 9, b"stranger": 1}
    assert found.gaps == {}


def test_a_key_that_somebody_had_the_topic_forget_is_known():
    found = books((b"a", 2, Kept.WHOLE))
    see(found, b"a", 1)
    found.forget(b"a")
    assert found.forgotten == {b"a"}
    see(found, b"a", 2)
    assert found.forgotten == set()


def test_a_million_stories_take_a_few_bytes_each():
    found = books(*((str(number).encode(), 1, Kept.WHOLE) for number in range(1000)))
    size = sum(each.itemsize * len(each) for each in (found._digests, found._told, found._seen)) + len(found._kept)
    assert size == 25 * 1000
    for number in range(1000):
        see(found, str(number).encode(), 1)
    assert found.unfinished() == 0


def test_ranges_lose_numbers_at_their_ends_in_their_middle_and_as_a_whole():
    assert without([(1, 3)], 1) == [(2, 3)]
    assert without([(1, 3)], 2) == [(1, 1), (3, 3)]
    assert without([(1, 1), (4, 5)], 1) == [(4, 5)]
    assert without_all([(1, 5)], [2, 3, 9]) == [(1, 1), (4, 5)]
    assert in_words([(1, 1), (4, 5)]) == "1, 4-5"
