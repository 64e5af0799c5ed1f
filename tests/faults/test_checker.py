"""The checker notices one lost, one doubled, one reordered event, and knows nothing of the code it judges."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.checker import Change, Effect, Facts, Record, Told, check
from tests.faults.checker.compare import effects_out_of_order, letters

FOREIGN = {"chassis", "services", "contracts", "deploy", "faststream", "aiokafka"}


def a_record(n: int, *, key: str = "a", **other) -> Record:
    given = {"id": f"{key}{n}", "key": key, "sequence": n, "offset": n, "body": {"number": n, "balance": 10 * n}}
    return Record(**given | other)


def a_note(n: int) -> Record:
    return Record(id=f"n{n}", key="a", sequence=n, offset=n, body={"booking": f"a{n}"})


def whole(count: int = 4) -> Facts:
    """A story of one account in which everything holds."""
    numbers = range(1, count + 1)
    return Facts(
        changes=[Change("a", n, 10 * n, f"r{n}") for n in numbers],
        told=[Told(f"a{n}", "a", n) for n in numbers],
        records=[a_record(n) for n in numbers],
        effects=[Effect(f"a{n}", "a", n) for n in numbers],
        balances={"a": (count, 10 * count)},
        noted_told=[Told(f"n{n}", "a", n) for n in numbers],
        noted=[a_note(n) for n in numbers],
        answered={"r1": {"a": 1}},
    )


def test_a_whole_story_has_no_findings_and_is_counted():
    verdict = check(whole())
    assert verdict.findings == []
    assert verdict.counts() == {
        "committed": 4,
        "on_topic": 4,
        "duplicates": 0,
        "lost": 0,
        "effects": 4,
        "doubled": 0,
        "out_of_order": 0,
        "stale": 0,
        "parked": 0,
    }


def test_a_duplicate_that_steps_back_is_counted_and_is_no_finding():
    facts = whole()
    facts.records.append(replace(a_record(2), offset=9))
    verdict = check(facts)
    assert (verdict.findings, verdict.duplicates) == ([], 1)


def lose(facts):
    del facts.records[1]


def invent(facts):
    facts.records.append(a_record(5))


def reorder(facts):
    facts.records[1:3] = [replace(a_record(3), offset=2), replace(a_record(2), offset=3)]


def double(facts):
    facts.effects.append(facts.effects[0])


def forget(facts):
    del facts.effects[2]


def imagine(facts):
    facts.effects.append(Effect("x", "a", 9))


def leave_stale(facts):
    facts.balances["a"] = (3, 30)


def go_back(facts):
    facts.regressions.append(("a", 4, 3))


def tell_twice(facts):
    facts.records.append(replace(a_record(4), id="other", sequence=5, offset=5))


def leave_untold(facts):
    facts.changes.append(Change("a", 5, 50, "r5"))


def change_twice(facts):
    facts.changes[1] = replace(facts.changes[1], request="r1")


def break_an_answer(facts):
    facts.answered["r9"] = {"a": 9}


def keep_a_note_back(facts):
    del facts.noted[3]


def note_twice(facts):
    facts.noted.append(replace(a_note(4), id="again", sequence=5, offset=5))


def let_a_parked_one_vanish(facts):
    facts.parked_in = 1


def commit_ahead(facts):
    forget(facts)
    facts.offsets[0] = 4


@pytest.mark.parametrize(
    ("harm", "promise", "words"),
    [
        (lose, "P1", "1 committed events are not on the topic: a2"),
        (invent, "P2", "1 events are on the topic and were never committed: a5"),
        (reorder, "P3", "3 stands before 2"),
        (lose, "P3", "has gaps"),
        (double, "P4", "1 events had more than one effect: a1"),
        (forget, "P4", "1 events on the topic had no effect: a3"),
        (imagine, "P4", "have no event on the topic: x"),
        (leave_stale, "P5", "a is (3, 30), the topic says (4, 40)"),
        (go_back, "P5", "went back"),
        (tell_twice, "P1 P2", "told under several ids"),
        (leave_untold, "P1 P2", "never told"),
        (change_twice, "answers", "requests changed an account more than once: ('r1', 'a')"),
        (break_an_answer, "answers", "are not there: ('r9', 'a', 9)"),
        (keep_a_note_back, "P4", "not told of in turn: a4"),
        (note_twice, "P4", "told of more than once: a4"),
        (commit_ahead, "P10", "1 events count as done in Kafka and had no effect: a3"),
        (let_a_parked_one_vanish, "P8", "1 messages were parked and 0 are accounted for"),
    ],
)
def test_the_checker_notices_each_kind_of_harm(harm, promise, words):
    facts = whole()
    harm(facts)
    assert any(words in finding for finding in check(facts).broken[promise])


def test_what_is_parked_is_aside_and_not_lost():
    facts = whole()
    del facts.effects[3], facts.noted[3], facts.noted_told[3]
    facts.balances["a"] = (3, 30)
    facts.parked, facts.parked_in = {"parked": ["a4"]}, 1
    verdict = check(facts)
    assert (verdict.findings, verdict.lost, verdict.parked) == ([], 0, 1)


def test_effects_that_come_out_of_order_are_noticed():
    effects = whole().effects
    assert effects_out_of_order(effects) == []
    assert effects_out_of_order(effects[::-1]) == ["the effects of 1 keys came out of order: a"]


def test_letters_are_held_against_what_is_owed():
    assert letters(["a", "b"], ["b", "a"]) == []
    assert len(letters(["a", "b", "c"], ["c", "c", "d"])) == 3
    assert letters(["a"], ["a", "b"], in_doubt=["b", "c"]) == []


def test_the_checker_imports_nothing_of_what_it_judges():
    for path in (Path(__file__).parent / "checker").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.partition(".")[0] in FOREIGN], path
