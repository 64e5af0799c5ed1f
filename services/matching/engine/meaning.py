"""What goals mean: short vectors of small whole numbers, so that "speak in public" and "give talks" are near.

Everything behind `encode` may be exchanged; what the score uses is the exact integer `similarity` of two vectors.
Numbers and models are imported when they are needed: a service that scores without meaning never loads them.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from operator import mul
from typing import TYPE_CHECKING, Any, Protocol

from chassis.errors import Invalid
from services.matching.engine.skills import named_in, taxonomy
from services.matching.engine.words import stems

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from services.matching.engine.people import Person

Meaning = Mapping[str, Sequence[int]]
"""Person → the vector of their goals, each number an int8; who has none says nothing that is understood."""
LENGTH = 127
"""Length of a vector before its numbers are rounded, so that each fits into a byte."""
WHOLE = LENGTH * LENGTH
ONE = 10_000
RANK = 48
"""Numbers in a vector of `fitted`, chosen on one half of tests/unit/data/paraphrases.tsv and judged on the other."""
MULTILINGUAL = "paraphrase-multilingual-MiniLM-L12-v2"


class Encoder(Protocol):
    """Turns texts into vectors of one width."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.int8]:
        """A row for each text, of length about LENGTH; zeros for a text that says nothing to it."""


def similarity(one: Sequence[int], other: Sequence[int]) -> int:
    """How near two vectors are, 0 to 10 000: twice their cosine less one, since half a cosine is chance.

    Exact: with p the sum of the products of their numbers, min(max(2p - 127², 0) · 10 000 // 127², 10 000).
    """
    product: int = sum(map(mul, one, other))
    return min(max(2 * product - WHOLE, 0) * ONE // WHOLE, ONE)


def meaning_of(people: Iterable[Person], encoder: Encoder | None = None) -> Meaning:
    """The meaning of everybody's goals and paths, by default with an encoder fitted on these very texts."""
    said = [(person.id, person.aim_text) for person in people if person.aim_text]
    if not said:
        return {}
    texts = [text for _, text in said]
    rows = (encoder or fitted(texts)).encode(texts)
    return {person: array("b", row.tobytes()) for (person, _), row in zip(said, rows, strict=True) if row.any()}


def fitted(texts: Iterable[str]) -> Encoder:
    """An encoder for texts like these: the same to the last bit at any order of them and any number of threads.

    Latent semantic analysis (Deerwester et al., 1990). Beside the texts it learns from the names of each skill,
    which tie a word to its synonyms and to the other language; therefore few texts are enough, or none.
    """
    return _Latent(texts)


def pretrained(model: str = MULTILINGUAL) -> Encoder:
    """A model of sentence-transformers, downloaded at its first use. Raises Invalid if the package is not there."""
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    except ImportError:
        raise Invalid("sentence-transformers is not installed: pip install sentence-transformers") from None
    return _Pretrained(SentenceTransformer(model))


class _Latent:
    def __init__(self, texts: Iterable[str]) -> None:
        from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415
        from threadpoolctl import threadpool_limits  # noqa: PLC0415

        self._one_thread = threadpool_limits.wrap(limits=1)
        self._model = make_pipeline(
            TfidfVectorizer(analyzer=_tokens, sublinear_tf=True), TruncatedSVD(RANK, random_state=0)
        )
        named = [" ".join(skill.names) for skill in taxonomy().values()]
        self._one_thread(self._model.fit)([*sorted(texts), *named])

    def encode(self, texts: Sequence[str]) -> NDArray[np.int8]:
        return _small(self._one_thread(self._model.transform)(texts), RANK)


class _Pretrained:
    def __init__(self, model: Any) -> None:
        self._model = model

    def encode(self, texts: Sequence[str]) -> NDArray[np.int8]:
        return _small(self._model.encode(list(texts)), self._model.get_sentence_embedding_dimension())


def _tokens(text: str) -> list[str]:
    """Stems, and the skills that are named, marked so that no stem is mistaken for one."""
    return [*stems(text), *(f"={skill}" for skill in named_in(text))]


def _small(vectors: Any, width: int) -> NDArray[np.int8]:
    """The vectors at LENGTH, rounded to whole numbers; a vector of zeros stays as it is."""
    import numpy as np  # noqa: PLC0415

    rows = np.asarray(vectors, np.float64).reshape(-1, width)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.rint(rows * (LENGTH / np.where(lengths > 0, lengths, 1))).astype(np.int8)
