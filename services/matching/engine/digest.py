"""The digest of what is matched: it ties a certificate to its people, seats, allowed pairs and scores.

Each mentee's pairs have a digest of their own, so that blocks of mentees can be digested anywhere, and nobody has to
hold all pairs. `verify` computes the same with other code.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.matching.engine.pairs import Pairs, Rows

PAIR = np.dtype([("mentor", "<u4"), ("score", "<i8")])


def of_rows(rows: Rows) -> bytes:
    """The digests of each mentee's pairs, one after the other: of each pair the mentor's place and the score."""
    pairs = np.empty(len(rows.score), PAIR)
    pairs["mentor"], pairs["score"] = rows.mentor, rows.score
    whole, start = pairs.view(np.uint8).data, (rows.start * PAIR.itemsize).tolist()
    return b"".join(sha256(whole[start[at] : start[at + 1]]).digest() for at in range(len(rows.who)))


def digested(rows: Iterable[Rows]) -> bytes:
    """The digests of all mentees of a block."""
    return b"".join(map(of_rows, rows))


def inputs_sha256(
    pairs: Pairs, of_pairs: Iterable[bytes], *, scale: int, policy_version: int, min_score: int = 0
) -> str:
    """Header, mentees, and mentors with seats as UTF-8 lines; then the digest of the pairs of each mentee, in order."""
    floor = f"\tmin_score {min_score}" if min_score else ""
    digest = sha256(f"scale {scale}\tpolicy_version {policy_version}{floor}\n".encode())
    digest.update("".join(f"{mentee}\n" for mentee in pairs.mentees).encode())
    seats = zip(pairs.mentors, pairs.seats.tolist(), strict=True)
    digest.update("".join(f"{mentor}\t{free}\n" for mentor, free in seats).encode())
    for some in of_pairs:
        digest.update(some)
    return digest.hexdigest()
