"""General questions: what a topic is told apart from.

`general_questions.txt` holds a question (or a plain statement) a line, from all fields of school, college and everyday
life, many of them neighbours of what people want forgotten (medicine, chemistry, computing); the choices of a
multiple-choice question follow after tabs, and a line such as `# de` tells the language of those after it. Their
vectors under the embedded model ship beside them; under another model they are worked out once in a process.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from expunge.screen.semantic.embeddings import Embedder, Vectors

_FOLDER = "expunge.screen.semantic"
_known: dict[str, Vectors] = {}


@dataclass(frozen=True, slots=True)
class Samples:
    """The texts of the general questions: each as asked, one with choices also without them.

    `questions[i]` numbers the question that `texts[i]` belongs to, `languages[i]` is its language.
    """

    texts: tuple[str, ...]
    questions: NDArray[np.int32]
    languages: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Names the texts: BLAKE2b over them, 16 bytes in hex."""
        return hashlib.blake2b("\0".join(self.texts).encode(), digest_size=16).hexdigest()


def general_samples() -> Samples:
    """The samples that ship with the package."""
    text = files(_FOLDER).joinpath("general_questions.txt").read_text(encoding="utf-8")
    texts: list[str] = []
    numbers: list[int] = []
    languages: list[str] = []
    language = ""
    for number, line in enumerate(text.splitlines()):
        if line.startswith("# "):
            language = line.removeprefix("# ")
            continue
        question, *choices = line.split("\t")
        if choices:
            lines = (f"{chr(65 + i)}. {choice}" for i, choice in enumerate(choices))
            texts.append("\n".join((f"{question}\n", *lines)))
        texts.append(question)
        numbers += [number] * (len(texts) - len(numbers))
        languages += [language] * (len(texts) - len(languages))
    return Samples(tuple(texts), np.array(numbers, dtype=np.int32), tuple(languages))


async def general_vectors(embedder: Embedder) -> Vectors:
    """Unit vectors of `general_samples().texts`, in order, in the space of a model.

    Raises:
        ModelError: if they do not ship for this model and it fails.
    """
    known = _known.get(embedder.name)
    if known is None:
        samples = general_samples()
        known = _shipped(embedder.name, samples)
        if known is None:
            known = np.asarray(await embedder.embed(samples.texts), dtype=np.float32)
        _known[embedder.name] = known
    return known


def pack(space: str, samples: Samples, vectors: Vectors) -> bytes:
    """The file of shipped vectors: a byte a number, with a scale a row (cosines keep within 0.002)."""
    scales = np.abs(vectors).max(axis=1) / 127
    rows = np.round(vectors / scales[:, None]).astype(np.int8)
    out = io.BytesIO()
    np.savez(out, rows=rows, scales=scales.astype(np.float32), space=space, digest=samples.digest)
    return out.getvalue()


def _shipped(space: str, samples: Samples) -> Vectors | None:
    """The vectors that ship for a space, unless they are another's or of other texts."""
    data = files(_FOLDER).joinpath("general_vectors.npz").read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        if str(held["space"]) != space or str(held["digest"]) != samples.digest:
            return None
        vectors: Vectors = held["rows"].astype(np.float32) * held["scales"][:, None]
    return unit(vectors)


def unit(vectors: Vectors) -> Vectors:
    """Rows of length one; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = vectors / np.maximum(lengths, 1e-9)
    return scaled


def closest(scores: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The mean of the `count` largest of each row, or of all where a row has fewer."""
    count = min(count, scores.shape[1])
    largest: NDArray[np.float32] = np.partition(scores, scores.shape[1] - count, axis=1)[:, -count:]
    means: NDArray[np.float32] = largest.mean(axis=1, dtype=np.float32)
    return means


def without_own(scores: NDArray[np.float32], rows: Sequence[int] | NDArray[np.intp], owners: NDArray[np.int32]) -> None:
    """Blot out, in row i of `scores`, the columns of the same owner as that of `rows[i]`."""
    scores[owners[np.asarray(rows)][:, None] == owners[None, :]] = -1.0
