"""What one topic must hold and what was found on it: 25 bytes a story, however long its key."""

import secrets
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from enum import IntEnum
from hashlib import blake2b

from chassis.reconcile.numbers import Range, without


class Kept(IntEnum):
    """How much of a story the topic must still hold, after its age."""

    WHOLE = 0
    """It began within the retention: every number."""
    END = 1
    """It began before and was told within: the last number, and all from the first that is there."""
    NOTHING = 2
    """It was last told before: what is there must be without a gap, and nothing need be there."""


class Books:
    """The stories of one topic. First `add` them all, then `close`, then let it `see` each record."""

    def __init__(self) -> None:
        # A salt of its own: should two keys ever share a digest, they do not in the next run.
        self._salt = secrets.token_bytes(16)
        self._digests, self._told, self._seen = array("Q"), array("Q"), array("Q")
        self._kept = bytearray()
        self.gaps: dict[bytes, list[Range]] = {}
        """Numbers that were jumped over and have not come since."""
        self.ahead: dict[bytes, int] = {}
        """The highest number on the topic, where it is above what was told when the books were opened."""
        self.forgotten: set[bytes] = set()
        """Keys whose last record is a tombstone: somebody had the topic forget them."""
        self.repeated = 0

    def __len__(self) -> int:
        return len(self._told)

    def add(self, key: bytes, told: int, kept: Kept) -> None:
        """A story that was told up to this number."""
        self._digests.append(self._digest(key))
        self._told.append(told)
        self._kept.append(kept)

    def close(self) -> None:
        """Puts the stories in the order in which they are found; no more can be added."""
        order = sorted(range(len(self._digests)), key=self._digests.__getitem__)
        self._digests = array("Q", (self._digests[place] for place in order))
        self._told = array("Q", (self._told[place] for place in order))
        self._kept = bytearray(self._kept[place] for place in order)
        self._seen = array("Q", bytes(8 * len(order)))

    def see(self, key: bytes, number: int, *, all_before: bool) -> None:
        """A record; `all_before` says that nothing was compacted away before it, so that a gap is a gap."""
        self.forgotten.discard(key)
        place = self._find(key)
        if place is None or number > self._told[place]:
            self.ahead[key] = max(number, self.ahead.get(key, 0))
        elif number <= (seen := self._seen[place]):
            self._come_late(key, number)
        else:
            if all_before and number > seen + 1 and (seen or self._kept[place] == Kept.WHOLE):
                self.gaps.setdefault(key, []).append((seen + 1, number - 1))
            self._seen[place] = number

    def forget(self, key: bytes) -> None:
        """A tombstone."""
        self.forgotten.add(key)

    def unfinished(self) -> int:
        """How many stories are not on the topic up to their last number."""
        return sum(seen < told for seen, told in zip(self._seen, self._told, strict=True))

    def end_missing(self, key: bytes, *, all_there: bool) -> Iterator[Range]:
        """What is missing at the end of a story; of a topic that was compacted only the last number is asked for."""
        place = self._find(key)
        if place is None or (seen := self._seen[place]) >= (told := self._told[place]):
            return
        kept = self._kept[place]
        if seen or kept == Kept.WHOLE:
            yield (seen + 1 if all_there else told, told)
        elif kept == Kept.END:
            yield (told, told)

    def expired(self) -> int:
        """How many stories the topic does not hold any more, since all of them are older than it keeps."""
        return sum(kept == Kept.NOTHING and not seen for kept, seen in zip(self._kept, self._seen, strict=True))

    def _come_late(self, key: bytes, number: int) -> None:
        """A number that was there before, or one that a topic with more partitions than before holds elsewhere."""
        before = self.gaps.get(key, [])
        left = without(before, number)
        if left == before:
            self.repeated += 1
        elif left:
            self.gaps[key] = left
        else:
            del self.gaps[key]

    def _digest(self, key: bytes) -> int:
        return int.from_bytes(blake2b(key, digest_size=8, key=self._salt).digest())

    def _find(self, key: bytes) -> int | None:
        digest = self._digest(key)
        place = bisect_left(self._digests, digest)
        return place if place < len(self._digests) and self._digests[place] == digest else None
