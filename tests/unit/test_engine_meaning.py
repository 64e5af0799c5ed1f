"""Goals that mean the same in other words; vectors that are the same whenever and however they are made."""

import csv
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chassis.errors import Invalid
from services.matching.engine.cohort import match_cohort
from services.matching.engine.meaning import LENGTH, RANK, fitted, meaning_of, pretrained, similarity
from services.matching.engine.reasons import reasons
from services.matching.engine.score import score
from services.matching.engine.terms import terms
from tests.unit.test_engine_cohort import POLICY, a_company, seats
from tests.unit.test_engine_rules import a_frame, a_mentee, a_mentor

FILE = Path(__file__).parent / "data" / "paraphrases.tsv"
with FILE.open(encoding="utf-8", newline="") as lines:
    PAIRS = list(csv.DictReader(lines, delimiter="\t"))
TEXTS = [row[side] for row in PAIRS for side in ("one", "other")]


@pytest.fixture(scope="module")
def encoder():
    return fitted(TEXTS)


def nearness(encoder, which):
    """Similarity of every first text with every second; the diagonal are the paraphrases."""
    rows = [row for row in PAIRS if row["set"] == which]
    ones, others = (encoder.encode([row[side] for row in rows]).tolist() for side in ("one", "other"))
    return np.array([[similarity(one, other) for other in others] for one in ones])


def test_a_paraphrase_never_seen_while_tuning_is_nearer_than_another_goal(encoder):
    near = nearness(encoder, "held")
    meant = np.diag(near)
    others = near[~np.eye(len(near), dtype=bool)]
    assert np.mean(meant[:, None] > others) >= 0.7
    assert np.mean(meant > 0) >= 0.7
    assert np.mean(others > 0) <= 0.06


def test_the_other_language_is_near_too(encoder):
    english, german = encoder.encode(["I want to lead people", "Mitarbeiter führen"]).tolist()
    assert similarity(english, german) > 5000
    english, german = encoder.encode(["Speak to audiences", "Datenschutz verstehen"]).tolist()
    assert similarity(english, german) == 0


def test_vectors_are_the_same_to_the_last_bit_in_any_order_and_with_any_threads(encoder):
    shuffled = TEXTS.copy()
    random.Random(5).shuffle(shuffled)
    with threadpool_limits(limits=2):
        again = fitted(shuffled)
        assert np.array_equal(again.encode(TEXTS), encoder.encode(TEXTS))
    alone = np.vstack([again.encode([text]) for text in TEXTS])
    assert np.array_equal(alone, encoder.encode(TEXTS))


def test_vectors_are_small_whole_numbers_of_one_length(encoder):
    vectors = encoder.encode([*TEXTS, "", "xyzzy"])
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS) + 2, RANK), np.int8)
    lengths = np.linalg.norm(vectors[:-2].astype(float), axis=1)
    assert abs(lengths - LENGTH).max() < RANK**0.5 / 2
    assert not vectors[-2:].any()


def test_similarity_is_the_integer_of_the_page():
    assert similarity([127, 0], [127, 0]) == 10_000
    assert similarity([127, 0], [0, 127]) == similarity([127], [-127]) == similarity([0], [0]) == 0
    assert similarity([100, 78], [127, 0]) == (2 * 12700 - 16129) * 10_000 // 16129 == 5748
    assert similarity([127, 9], [127, 9]) == 10_000
    assert isinstance(similarity(np.array([127, 1], np.int8).tolist(), [127, 1]), int)


def test_who_says_nothing_has_no_meaning_and_no_view(encoder):
    silent, lost = a_mentee("silent", goals="", path=None), a_mentee("lost", goals="xyzzy", path=None)
    meaning = meaning_of([silent, lost, a_mentor()], encoder)
    assert meaning.keys() == {"boris"}
    assert terms(silent, a_mentor(), a_frame(meaning=meaning)).goals is None
    assert terms(lost, a_mentor(), a_frame(meaning=meaning)) == terms(lost, a_mentor(), a_frame())
    assert meaning_of([]) == meaning_of([silent]) == {}


def test_each_side_sees_the_greater_of_shared_words_and_shared_meaning():
    mentee = a_mentee(goals="Speak in public", path=None, wants=())
    mentor = a_mentor(goals="Help with presentations", skills=())
    without = score(mentee, mentor, a_frame())
    framed = a_frame(meaning={"anna": [127, 0], "boris": [100, 78]})
    assert (without.values["goals"], score(mentee, mentor, framed).values["goals"]) == (0, 5748)
    worded = a_mentor(goals="Speak in public", skills=())
    assert score(mentee, worded, framed).values["goals"] == 10_000
    assert score(a_mentee(), a_mentor(), a_frame(meaning={"anna": [127, 0]})) == score(
        a_mentee(), a_mentor(), a_frame()
    )


def test_a_reason_names_shared_words_or_says_that_the_goals_are_alike():
    mentee, mentor = a_mentee(goals="Speak in public", path=None), a_mentor(goals="Help with presentations")

    def told(**around):
        frame = a_frame(**around)
        given = reasons(score(mentee, mentor, frame), mentee, mentor, frame)
        return {one.part: (one.text, one.facts) for one in given}.get("goals")

    assert told(meaning={"anna": [127, 0], "boris": [100, 78]}) == ("Your goals are alike.", ())
    assert told(meaning={"anna": [127, 0], "boris": [80, 98]}) is None
    assert told() is None


def test_a_cohort_with_meaning_is_proven_and_does_not_depend_on_the_order():
    people = [*a_company(), a_mentee("z1", goals="Give talks in public", path=None)]
    meaning = meaning_of(people)
    mixed = people.copy()
    random.Random(3).shuffle(mixed)
    first = match_cohort(people, seats(), POLICY, policy_version=1, meaning=meaning)
    again = match_cohort(mixed, seats(), POLICY, policy_version=1, meaning=meaning_of(mixed))
    assert [(one.mentee_id, one.mentor_id, one.score) for one in first.pairs] == [
        (one.mentee_id, one.mentor_id, one.score) for one in again.pairs
    ]
    assert first.certificate.gap_ppm == 0


def test_where_somebody_comes_from_does_not_move_what_they_mean():
    there = {"country": "JP", "location": "Osaka", "joined_on": "2001-01-01"}
    assert meaning_of([a_mentee(**there), a_mentor()]) == meaning_of([a_mentee(country="DE"), a_mentor()])


def test_a_missing_encoder_is_told_with_its_mend(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(Invalid, match="sentence-transformers is not installed: pip install sentence-transformers"):
        pretrained()


def test_the_service_starts_without_models_and_numbers():
    asked = "import sys, services.matching.engine.meaning, services.matching.engine.reasons, services.matching.events"
    heavy = "sorted({'sklearn', 'scipy', 'numpy', 'ortools'} & sys.modules.keys())"
    found = subprocess.run(
        [sys.executable, "-c", f"{asked}; print({heavy})"], check=True, capture_output=True, text=True
    )
    assert found.stdout == "[]\n"
