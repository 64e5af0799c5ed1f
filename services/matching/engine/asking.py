"""The stable option without all pairs in memory: mentees ask, mentors keep the best of who asked.

Each mentee asks down a list of their best mentors; a mentor with no seat left keeps the better ones, and who is sent
away asks on (Gale & Shapley, American Mathematical Monthly 69, 1962). The outcome does not depend on who asks when. A
list is made of what a pass over the pairs finds, and only of mentors who would not send the mentee away at once: so
few come to its end, and a further pass for these few finds how they go on.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.matching.engine.pairs import Rows
    from services.matching.engine.postings import Places
    from services.matching.engine.problem import Ints
    from services.matching.engine.streamed import Streamed

ASKED = 32
"""Mentors on a list."""
NOBODY, ANYBODY = -1, np.iinfo(np.int64).max
Held = list[list[tuple[int, int]]]
"""Of each mentor a heap of score and -mentee: the first is who would be sent away."""


def stable_scores(pairs: Streamed) -> Ints:
    """[mentees] the score of each one's pair in the stable option, -1 for none."""
    held: Held = [[] for _ in pairs.mentors]
    own = np.full(len(pairs.mentees), NOBODY, np.int64)
    last = np.full((len(pairs.mentees), 2), (ANYBODY, NOBODY), np.int64)
    waiting, seats = np.flatnonzero(pairs.counts), pairs.seats.tolist()
    while len(waiting):
        worst = np.array([_worst(holds, free) for holds, free in zip(held, seats, strict=True)], np.int64)
        found = list(pairs.passed_of(waiting, wishes_in_block, last, worst))
        scores, mentors = (np.concatenate(columns) for columns in zip(*found, strict=True))
        waiting = np.array(sorted(_ask(waiting, scores, mentors, seats, held, own, last)), np.int64)
    return own


def _worst(holds: list[tuple[int, int]], free: int) -> tuple[int, int]:
    """Whom a mentor would send away for somebody better: score and mentee; NOBODY while a seat is free."""
    if len(holds) < free:
        return NOBODY, NOBODY
    return (holds[0][0], -holds[0][1]) if holds else (ANYBODY, NOBODY)


def wishes_in_block(block: Iterator[Rows], last: Ints, worst: Ints) -> tuple[Ints, Ints]:
    """[mentees, ASKED] score and mentor of the best who come after whom each asked last, and would keep them."""
    scores, mentors = [], []
    for rows in block:
        wishes = np.full((2, len(rows.who), ASKED), NOBODY, np.int64)
        for row, mentee in enumerate(rows.who.tolist()):
            mine = slice(rows.start[row], rows.start[row + 1])
            best = _best(rows.score[mine], rows.mentor[mine], mentee, last[mentee], worst)
            wishes[0, row, : len(best)], wishes[1, row, : len(best)] = rows.score[mine][best], rows.mentor[mine][best]
        scores.append(wishes[0])
        mentors.append(wishes[1])
    return np.concatenate(scores), np.concatenate(mentors)


def _best(score: Ints, mentor: Places, mentee: int, last: Ints, worst: Ints) -> Ints:
    """Places of the ASKED best, the best first, of equals the mentor who stands first."""
    after = (score < last[0]) | ((score == last[0]) & (mentor > last[1]))
    least, holder = worst[mentor].T
    some = np.flatnonzero(after & ((score > least) | ((score == least) & (mentee < holder))))
    if len(some) > ASKED:
        some = some[score[some] >= np.partition(score[some], -ASKED)[-ASKED]]
    return some[np.argsort(-score[some], kind="stable")[:ASKED]]


def _ask(waiting: Ints, scores: Ints, mentors: Ints, seats: list[int], held: Held, own: Ints, last: Ints) -> set[int]:
    """Everybody asks down their list; gives who came to its end with nobody, though there may be more."""
    asking, ended = waiting.tolist(), set()
    rows, turn = {mentee: row for row, mentee in enumerate(asking)}, [0] * len(asking)
    while asking:
        mentee = asking.pop()
        own[mentee], row = NOBODY, rows.get(mentee)
        if row is None or turn[row] == ASKED:
            ended.add(mentee)
        elif (mentor := int(mentors[row, turn[row]])) != NOBODY:
            own[mentee] = score = int(scores[row, turn[row]])
            last[mentee] = score, mentor
            turn[row] += 1
            heapq.heappush(held[mentor], (score, -mentee))
            if len(held[mentor]) > seats[mentor]:
                asking.append(-heapq.heappop(held[mentor])[1])
    return ended
