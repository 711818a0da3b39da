"""Trains the weights of the sieve's static vectors (`src/expunge/models/e5/static_weights.npz`).

    python tools/train_static_vectors.py TEXTS OUT [--seconds 360] [--dimensions 96] [--hidden 256]

TEXTS holds a text a line, in many languages; OUT is the file to write. The engine's files must be there (`expunge
models pull`). Needs PyTorch, which nothing else here does. What the shipped weights were trained on, and how good they
are, is told in docs/sieve.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, normalize

from expunge.models.e5.engine import loaded
from expunge.models.e5.files import MANIFEST, WORDS, find
from expunge.models.e5.static import Network, StaticVectors

CACHE = Path.home() / ".cache" / "expunge"
SEEDS = 170
"""Texts of a batch; as many of their nearest, of their near ones and of any others join them."""
NEIGHBOURS = 12
RATE, LEAST_RATE = 1e-3, 2e-5
UNRELATED = 0.78
"""Cosine of texts that have nothing to do with each other under the engine; it becomes nought."""
NEAR, VERY_NEAR = 0.86, 0.885
"""Cosines from which a pair counts twenty times, the second if it comes out too far apart: a sentence that is wrongly
held back is worse than one that is let through."""


class Student(nn.Module):
    """The network of `expunge.models.e5.static`, and the map that leads the engine's vectors to its own."""

    def __init__(self, width: int, dimensions: int, hidden: int) -> None:
        super().__init__()
        self.direct = nn.Linear(2 * width, dimensions)
        self.inner = nn.Linear(2 * width, hidden)
        self.outer = nn.Linear(hidden, dimensions, bias=False)
        self.project = nn.Linear(width, dimensions)

    def forward(self, means: Tensor) -> Tensor:
        """Unit vectors of texts, given the means of their word vectors."""
        found: Tensor = normalize(self.direct(means) + self.outer(gelu(self.inner(means), approximate="tanh")))
        return found

    def begin(self, means: Tensor, centred: Tensor) -> None:
        """Begin with ridge regression onto the main axes of the engine's vectors."""
        with torch.no_grad():
            ones = torch.cat([means, torch.ones(len(means), 1)], 1)
            led = torch.linalg.solve(ones.T @ ones + 5 * torch.eye(ones.shape[1]), ones.T @ centred)
            axes = torch.linalg.eigh(centred.T @ centred)[1][:, -self.project.out_features :]
            self.direct.weight.copy_((led[:-1] @ axes).T * 4)
            self.direct.bias.copy_((led[-1] @ axes) * 4)
            self.project.weight.copy_(axes.T)
            self.project.bias.zero_()
            self.outer.weight.mul_(0.1)


def neighbours(centred: Tensor) -> Tensor:
    """For each vector the numbers of the nearest others, found along 64 random axes."""
    axes = torch.linalg.qr(torch.randn(centred.shape[1], 64))[0]
    rough = normalize(centred @ axes)
    found = []
    for start in range(0, len(rough), 2_048):
        closeness = rough[start : start + 2_048] @ rough.T
        closeness[torch.arange(len(closeness)), torch.arange(start, start + len(closeness))] = -1
        found.append(closeness.topk(NEIGHBOURS, 1).indices)
    return torch.cat(found)


def loss_of(found: Tensor, cosines: Tensor) -> Tensor:
    """How far closeness in the student's space is from that of the engine."""
    wanted = ((cosines - UNRELATED) / (1 - UNRELATED)).clamp(-0.1, 1)
    too_far = (found < wanted) & (cosines > VERY_NEAR)
    weights = 1 + 20 * (cosines > NEAR).float() + 20 * too_far.float()
    weights = weights * (1 - torch.eye(len(cosines)))
    loss: Tensor = (weights * (found - wanted) ** 2).sum() / weights.sum()
    return loss


def trained(means: Tensor, vectors: Tensor, dimensions: int, hidden: int, seconds: float) -> tuple[Student, Tensor]:
    """A student of these texts' vectors, and the mean of these."""
    center = vectors.mean(0)
    student = Student(vectors.shape[1], dimensions, hidden)
    student.begin(means, vectors - center)
    near = neighbours(vectors - center)
    optimizer = torch.optim.AdamW(student.parameters(), lr=RATE, weight_decay=0.01)
    began, steps = time.monotonic(), 0
    while (share := (time.monotonic() - began) / seconds) < 1:
        rate = RATE * min(1.0, steps / 50 + 0.03) * 0.5 * (1 + math.cos(math.pi * share)) + LEAST_RATE
        for group in optimizer.param_groups:
            group["lr"] = rate
        seeds, others = torch.randint(0, len(vectors), (2, SEEDS))
        nearest = near[seeds, torch.randint(0, 4, (SEEDS,))]
        batch = torch.cat([seeds, nearest, near[seeds, torch.randint(0, NEIGHBOURS, (SEEDS,))], others]).unique()
        read, told = means[batch], vectors[batch]
        if steps % 2:
            read = read * (torch.rand(read.shape) > 0.1)
        own, facts = student(read), normalize(student.project((told - center) * 4))
        cosines = told @ told.T
        loss = loss_of(own @ facts.T, cosines) + loss_of(own @ own.T, cosines)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        steps += 1
        if steps % 50 == 0:
            print(f"{steps} steps, {100 * share:.0f} %, loss {loss.item():.5f}", flush=True)
    return student, center


def network_of(student: Student, center: Tensor, words: str) -> Network:
    """The weights as they ship."""

    def with_bias(layer: nn.Linear) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return torch.cat([layer.weight, layer.bias[:, None]], 1).detach().numpy()

    outer = student.outer.weight.detach().numpy()
    direct, inner, project = (with_bias(layer) for layer in (student.direct, student.inner, student.project))
    return Network(words, direct, inner, outer, project, center.numpy())


def read(texts: Sequence[str]) -> tuple[Tensor, Tensor, str]:
    """The means of the texts' word vectors, their vectors under the engine, and the digest of the word vectors."""
    found = find(CACHE)
    engine = loaded(found)
    static: StaticVectors | None = engine.static
    if static is None:
        raise SystemExit("The engine's files are not those that the shipped weights are for; pull them anew.")
    words = json.loads((found.folder / MANIFEST).read_bytes())["files"][WORDS]["sha256"]
    means, vectors = [], []
    for start in range(0, len(texts), 256):
        some = texts[start : start + 256]
        means.append(static.means_of(some))
        vectors.append(asyncio.run(engine.embed(some)))
        print(f"{min(len(texts), start + 256):,} of {len(texts):,} texts embedded", flush=True)
    return torch.tensor(np.concatenate(means)), torch.tensor(np.concatenate(vectors)), words


def main() -> None:
    """Read the texts, train, write."""
    parser = argparse.ArgumentParser(description="Trains the weights of the sieve's static vectors.")
    parser.add_argument("texts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=360)
    parser.add_argument("--dimensions", type=int, default=96)
    parser.add_argument("--hidden", type=int, default=256)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    lines = chosen.texts.read_text(encoding="utf-8").splitlines()
    # In the order of their lengths a batch leaves the least to fill up.
    texts = sorted({line.strip() for line in lines} - {""}, key=lambda text: (len(text), text))
    means, vectors, words = read(texts)
    told = means.any(1)
    student, center = trained(means[told], vectors[told], chosen.dimensions, chosen.hidden, chosen.seconds)
    chosen.out.write_bytes(network_of(student, center, words).pack())


if __name__ == "__main__":
    main()
