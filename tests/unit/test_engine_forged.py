"""Forged results: of many solved cohorts, any one thing that is changed is refused, and the truth is accepted."""

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine.problem import pose
from services.matching.engine.settle import settle
from services.matching.engine.verify import Claim, objections
from tests.unit.test_engine_solve import Numbers, changed, numbers
from tests.unit.test_matching_files import assigned, call

UNPROVEN = {"rounds", "seconds", "peak_bytes"}
"""How it was done, not what came out."""
STEPS = st.sampled_from([-(10**12), -7, -1, 1, 2, 10**6, 10**18])


def a_true_claim(given_numbers: Numbers, *, scale: int = 1, min_score: int = 0) -> Claim:
    mentees, seats, pairs = given_numbers
    high_enough = [pair for pair in pairs if pair[2] >= min_score]
    outcome = settle(pose(mentees, seats, high_enough), scale=scale, policy_version=3, min_score=min_score)
    claim = outcome.claim()
    return replace(claim, allowed=list(claim.allowed))


def forgeries(claim: Claim, by: int) -> Iterator[tuple[str, Claim]]:
    """Everything that a single change can touch: each number, each row left out, each row twice, each other mentor."""
    for name in ("pairs", "allowed", "prices", "utilities"):
        rows = list(getattr(claim, name))
        for at, row in enumerate(rows):
            for field in range(1 if name in {"prices", "utilities"} else 2, len(row)):
                yield f"{name} {at}.{field}", replace(claim, **{name: changed(rows, at, field, by)})
            yield f"{name} without {at}", replace(claim, **{name: rows[:at] + rows[at + 1 :]})
            yield f"{name} twice {at}", replace(claim, **{name: [*rows[: at + 1], *rows[at:]]})
    for at, one in enumerate(claim.unmatched):
        yield f"unmatched without {at}", replace(claim, unmatched=[*claim.unmatched[:at], *claim.unmatched[at + 1 :]])
        yield f"unmatched twice {at}", replace(claim, unmatched=[*claim.unmatched, one])
    yield "a mentee out of nowhere", replace(claim, unmatched=[*claim.unmatched, "nowhere"])
    yield "a mentor out of nowhere", replace(claim, prices=[*claim.prices, ("nowhere", 0, 0, 0)])
    yield from other_mentors(claim)
    for name, value in claim.certificate.items():
        if name not in UNPROVEN:
            wrong = value[1:] + value[:1] if isinstance(value, str) else value + by
            yield name, replace(claim, certificate={**claim.certificate, name: wrong})


def other_mentors(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """Each matched mentee with another mentor; as if the pair were allowed, with the score of before."""
    scores = {(mentee, mentor): score for mentee, mentor, score in claim.allowed}
    for at, (mentee, mentor, score) in enumerate(claim.pairs):
        for other in [row[0] for row in claim.prices if row[0] != mentor]:
            row = (mentee, other, scores.get((mentee, other), score))
            yield f"{mentee} with {other}", replace(claim, pairs=[*claim.pairs[:at], row, *claim.pairs[at + 1 :]])


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10**9), by=STEPS, min_score=st.sampled_from([0, 0, 2]))
def test_any_single_change_is_refused_and_the_truth_is_accepted(seed: int, by: int, min_score: int):
    claim = a_true_claim(numbers(random.Random(seed)), min_score=min_score)
    assert objections(claim) == []
    for what, forged in forgeries(claim, by):
        assert objections(forged), what


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_two_mentees_who_swap_mentors_are_refused_unless_that_is_as_good(seed: int):
    claim = a_true_claim(numbers(random.Random(seed)))
    scores = {(mentee, mentor): score for mentee, mentor, score in claim.allowed}
    for one, other in ((a, b) for a in range(len(claim.pairs)) for b in range(a)):
        rows = list(claim.pairs)
        crossed = [(rows[a][0], rows[b][1]) for a, b in ((one, other), (other, one))]
        gained = sum(scores.get(pair, -1) for pair in crossed)
        as_good = scores.keys() >= set(crossed) and gained == rows[one][2] + rows[other][2]
        rows[one], rows[other] = ((*pair, scores.get(pair, 0)) for pair in crossed)
        assert (objections(replace(claim, pairs=rows)) == []) == as_good


def test_a_smaller_bonus_cannot_pass_a_higher_score_with_fewer_pairs_off_as_the_best():
    """One pair of 9 or two of 1: with a bonus of 1 the one pair would be worth more."""
    claim = a_true_claim((["a1", "a2"], {"b1": 1, "b2": 1}, [("a1", "b1", 9), ("a1", "b2", 1), ("a2", "b1", 1)]))
    assert objections(claim) == []
    totals = {"coverage_bonus": 1, "matched": 1, "score": 9, "matched_bound": 10, "score_bound": 9}
    liar = replace(
        claim,
        pairs=[("a1", "b1", 9)],
        unmatched=["a2"],
        prices=[("b1", 1, 1, 2), ("b2", 1, 0, 0)],
        utilities=[("a1", 8), ("a2", 0)],
        certificate={**claim.certificate, **totals},
    )
    assert objections(liar) == ["coverage_bonus is 19, but the certificate says 1"]


def in_files(folder: Path, seed: int) -> Path:
    """The run of a cohort with decimal scores, written by the command."""
    _, seats, pairs = numbers(random.Random(seed))
    table = "mentee_id,mentor_id,score\n" + "".join(f"{a},{b},{score / 4}\n" for a, b, score in pairs)
    out, done = assigned(folder, table, "mentor_id,seats\n" + "".join(f"{b},{free}\n" for b, free in seats.items()))
    assert done.exit_code == 0, done.output
    return out


def forged_files(out: Path, by: int) -> Iterator[tuple[str, str, str]]:
    """Name of a file, what was changed, and the text it has then."""
    for name in ("pairs.csv", "unmatched.csv", "prices.csv", "utilities.csv", "allowed.csv"):
        lines = (out / name).read_text(encoding="utf-8").splitlines()
        for at, line in enumerate(lines[1:], 1):
            before, after = lines[:at], lines[at + 1 :]
            yield name, f"without {line}", "\n".join([*before, *after])
            yield name, f"twice {line}", "\n".join([*before, line, line, *after])
            [cells] = csv.reader([line])
            for field in [place for place, cell in enumerate(cells) if cell.isdigit()]:
                other = [*cells[:field], str(int(cells[field]) + by), *cells[field + 1 :]]
                yield name, f"{line} → {other}", "\n".join([*before, ",".join(other), *after])
            stranger = ",".join(["stranger", *cells[1:]])
            yield name, f"{line} → {stranger}", "\n".join([*before, stranger, *after])
    told = json.loads((out / "certificate.json").read_text(encoding="utf-8"))
    for field in told.keys() - UNPROVEN:
        wrong = told[field][::-1] if field == "inputs_sha256" else told[field] + by
        yield "certificate.json", field, json.dumps(told | {field: wrong})
        yield "certificate.json", f"without {field}", json.dumps({name: told[name] for name in told if name != field})


@pytest.mark.parametrize(("seed", "by"), [(5, 1), (11, -1), (17, 10**6)])
def test_verify_refuses_any_single_change_of_the_files(tmp_path: Path, seed: int, by: int):
    out = in_files(tmp_path, seed)
    assert call("verify", out).exit_code == 0
    for name, what, text in list(forged_files(out, by)):
        true = (out / name).read_bytes()
        (out / name).write_text(text, encoding="utf-8")
        refused = call("verify", out)
        if (name, what) != ("certificate.json", "without min_score"):  # releases before did not write it
            assert (refused.exit_code, refused.output != "") == (1, True), (name, what)
        (out / name).write_bytes(true)
    assert call("verify", out).exit_code == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", "[" * 100_000, '{"mentees": 1e999}', '{"mentees": "4"}'])
def test_a_certificate_that_is_none_is_refused_in_a_sentence(tmp_path: Path, text: str):
    out = in_files(tmp_path, 5)
    (out / "certificate.json").write_text(text, encoding="utf-8")
    refused = call("verify", out)
    assert (refused.exit_code, type(refused.exception)) == (1, SystemExit)
    assert "certificate.json" in refused.output
