"""A few promising pairs stand for all: solve those, and let the prices find what was missing.

Column generation (Dantzig & Wolfe, Operations Research 8, 1960; for assignment: Balas, Miller, Pekny & Toth, JACM 38,
1991). Each mentee's best mentors and each mentor's best mentees are solved to the end. Of all other pairs only those
can improve the result that are worth more than utility + price; they join, and it is solved again. When there are
none, result and prices are those of all pairs: the prices are the lowest that prove it here as there.

All pairs are looked at in passes (`pairs`), and only what a pass finds is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from chassis.errors import Invalid
from services.matching.engine.pairs import NO_PAIRS, Chosen, joined
from services.matching.engine.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.matching.engine.pairs import Pairs, Rows
    from services.matching.engine.postings import Places
    from services.matching.engine.prices import Dual
    from services.matching.engine.problem import Ints
    from services.matching.engine.survey import Progress

BEST, REVERSE = 32, 8
"""How many mentors of each mentee, and mentees of each mentor, begin. Without the second some would find nobody."""
MOST_TIGHT = 3_000_000
"""Pairs of one block that may belong to an optimum: more, and the lot would have to be drawn among too many."""


class Proven(NamedTuple):
    """The prices of all pairs, and what the lot is drawn among."""

    dual: Dual
    rounds: int
    """How often pairs were added and solved again."""
    tight: Chosen
    """The pairs that are worth just utility + price: those of all optima."""


class Begun(NamedTuple):
    """What a first pass finds."""

    chosen: Chosen
    counts: Ints
    """[mentees] how many mentors are allowed."""
    highest: int


def by_candidates(pairs: Pairs, prove: Callable[[Problem], Dual], progress: Progress | None = None) -> Proven:
    """The prices of all pairs, from `prove` for smaller problems."""
    chosen, bonus, rounds = pairs.promising(), pairs.coverage_bonus, 0
    while True:
        # Everybody's best mentor is in it, so the highest score and with it the coverage bonus are those of all.
        problem = Problem(pairs.mentees, pairs.mentors, pairs.seats, *chosen)
        dual = prove(problem)
        rounds += 1
        missed, tight, above = _priced(pairs, dual)
        if progress:
            bound = (dual.bound(problem) + above) // bonus
            progress("best matching and proof", 0.5 if len(missed.score) else 1.0, bound)
        if not len(missed.score):
            return Proven(dual, rounds, _whole(tight))
        chosen = joined([chosen, missed])


def begin(pairs: Pairs, progress: Progress | None = None) -> Begun:
    """Each mentee's BEST mentors and each mentor's REVERSE best mentees, of equals the first."""
    found, counts, highest, best = [], [np.zeros(0, np.int64)], 0, _nobody(len(pairs.mentors), REVERSE)
    for own, reverse, count, most in pairs.passed(best_in_block, len(pairs.mentors), BEST, REVERSE):
        found.append(own)
        counts.append(count)
        if progress:
            progress("rules and scores", sum(map(len, counts)) / len(pairs.mentees))
        highest = max(highest, most)
        _merge(*reverse, *best)
    mentor, place = np.nonzero(best[0] >= 0)
    found.append(Chosen(best[0][mentor, place], mentor, best[1][mentor, place]))
    return Begun(joined(found), np.concatenate(counts), highest)


def best_in_block(
    block: Iterator[Rows], mentors: int, best: int, reverse: int
) -> tuple[Chosen, tuple[Ints, Ints], Ints, int]:
    """Of a block: each mentee's best, each mentor's best with their scores, how many are allowed, the highest score."""
    own, counts, highest, of_mentors, bar = [], [], 0, _nobody(mentors, reverse), np.full(mentors, -1, np.int64)
    for rows in block:
        own.append(rows.taken(best_of_rows(rows.start, rows.score, best)))
        _best_of_mentors(rows.who, rows.start, rows.mentor, rows.score, bar, *of_mentors)
        counts.append(np.diff(rows.start))
        highest = max(highest, int(rows.score.max(initial=0)))
    return joined(own), of_mentors, np.concatenate(counts), highest


def _nobody(owners: int, most: int) -> tuple[Ints, Ints]:
    """[owners, most] for whom is best, the best first, and what they score."""
    return np.full((owners, most), -1, np.int64), np.full((owners, most), -1, np.int64)


def _priced(pairs: Pairs, dual: Dual) -> tuple[Chosen, list[Chosen | int], int]:
    """The pairs that are worth more than utility + price, of each mentee those that gain most; and those worth just it.

    And by how much the bound of all pairs is above that of the chosen: each mentee's utility rises by what they gain.
    """
    missed, tight, above = [], [], 0
    for some, just, most in pairs.passed(gains_in_block, dual.utilities - pairs.coverage_bonus, dual.prices, BEST):
        missed.append(some)
        tight.append(just)
        above += most
    return joined(missed), tight, above


def gains_in_block(block: Iterator[Rows], owed: Ints, prices: Ints, best: int) -> tuple[Chosen, Chosen | int, int]:
    """What `_priced` asks; `owed` is what each mentee gains already. Too many tight pairs are only counted."""
    missed, tight, above, many = [], [], 0, 0
    for rows in block:
        more, gain, just = np.empty_like(rows.score), np.empty_like(rows.score), np.empty_like(rows.score)
        start = np.zeros_like(rows.start)
        least = owed[rows.who]
        count = _sort_out(rows.start, rows.mentor, rows.score, least, prices, start, more, gain, just)
        places = best_of_rows(start, gain[: start[-1]], best)
        above += int(gain[places[:, 0][places[:, 0] >= 0]].sum())
        missed.append(rows.taken(np.where(places >= 0, more[places], -1)) if start[-1] else NO_PAIRS)
        many += count
        tight.append(rows.taken(just[:count]) if many <= MOST_TIGHT else NO_PAIRS)
    return joined(missed), joined(tight) if many <= MOST_TIGHT else many, above


def _whole(tight: list[Chosen | int]) -> Chosen:
    """All tight pairs. Raises Invalid if they were only counted."""
    told = [some for some in tight if not isinstance(some, int)]
    if len(told) < len(tight):
        many = sum(some if isinstance(some, int) else len(some.score) for some in tight)
        raise Invalid(
            f"{many} pairs are as good as each other, too many to draw lots among; let the policy tell people apart"
        )
    return joined(told)


def best_of(owner: Ints, value: Ints, owners: int, most: int) -> Ints:
    """The places of the `most` highest values of each owner, in order; of equals the first."""
    order = np.argsort(owner, kind="stable")
    start = np.searchsorted(owner[order], np.arange(owners + 1))
    places = best_of_rows(start, value[order], most)
    return np.sort(order[places[places >= 0]])


@njit(cache=True, nogil=True)
def best_of_rows(start: Ints, value: Ints, most: int) -> Ints:
    """[rows, most] the places of the highest values of each row, the best first, of equals the first; -1 for none."""
    kept = np.full((len(start) - 1, most), -1, np.int64)
    for row in range(len(start) - 1):
        size, bar = 0, 0
        for at in range(start[row], start[row + 1]):
            if size < most or value[at] > bar:
                place = min(size, most - 1)
                while place and value[kept[row, place - 1]] < value[at]:
                    kept[row, place] = kept[row, place - 1]
                    place -= 1
                kept[row, place] = at
                size = min(size + 1, most)
                bar = value[kept[row, size - 1]]
    return kept


@njit(cache=True, nogil=True)
def _best_of_mentors(who: Ints, start: Ints, mentor: Places, score: Ints, bar: Ints, best: Ints, scores: Ints) -> None:
    """Takes up the pairs of some mentees, who come after all others, into each mentor's best; `bar` is what the last
    of them scores.
    """
    for row in range(len(who)):
        for at in range(start[row], start[row + 1]):
            if score[at] > bar[mentor[at]]:
                _insert(who[row], score[at], best, scores, mentor[at])
                bar[mentor[at]] = scores[mentor[at], -1]


@njit(cache=True, nogil=True)
def _insert(who: int, score: int, best: Ints, scores: Ints, owner: int) -> None:
    place = best.shape[1] - 1
    while place and scores[owner, place - 1] < score:
        best[owner, place], scores[owner, place] = best[owner, place - 1], scores[owner, place - 1]
        place -= 1
    best[owner, place], scores[owner, place] = who, score


@njit(cache=True, nogil=True)
def _merge(best: Ints, scores: Ints, all_best: Ints, all_scores: Ints) -> None:
    """Takes up the best of a block that comes after all others."""
    last = best.shape[1] - 1
    for owner in range(len(best)):
        for place in range(last + 1):
            if scores[owner, place] > all_scores[owner, last]:
                _insert(best[owner, place], scores[owner, place], all_best, all_scores, owner)


@njit(cache=True, nogil=True)
def _sort_out(
    start: Ints, mentor: Places, score: Ints, owed: Ints, prices: Ints, begin: Ints, more: Ints, gain: Ints, just: Ints
) -> int:
    """Puts the places of pairs that are worth more into `more`, what they gain into `gain`, those worth just it into
    `just`; gives the number of the latter. `begin`: where the former of each row begin.
    """
    found, tight = 0, 0
    for row in range(len(owed)):
        begin[row] = found
        for at in range(start[row], start[row + 1]):
            here = score[at] - prices[mentor[at]] - owed[row]
            if here > 0:
                more[found], gain[found] = at, here
                found += 1
            elif here == 0:
                just[tight] = at
                tight += 1
    begin[len(owed)] = found
    return tight
