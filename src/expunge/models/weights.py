"""The weights of embedded models: what they are called and where they lie.

They lie in `models/` of the cache folder. Nothing stands under a file's final name before it was checked.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from expunge.errors import MissingError, ModelError, WeightsInvalid
from expunge.reasons import reason_of

DEFAULT = "default"
EMBEDDINGS = "embeddings"
"""What the embedding model is called."""
DEFAULT_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
DEFAULT_SIZE = 98_362_432
"""Bytes."""
DEFAULT_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
HUB = "https://huggingface.co"

Progress = Callable[[str, int, int], None]
"""Told what is going on, how many bytes are done, and how many there are (0: not known)."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file in a repository of the hub; `file` is empty if the name left it open."""

    repo: str
    file: str


def folder(cache: Path) -> Path:
    """Return the folder of weights in the cache."""
    return cache / "models"


def default_path(cache: Path) -> Path:
    """The embedded chat model's file.

    Raises:
        MissingError: if it was not fetched yet.
    """
    path = folder(cache) / DEFAULT_FILE
    if not path.is_file() or path.stat().st_size != DEFAULT_SIZE:
        raise MissingError("The embedded model is not fetched yet; run `expunge models pull`.")
    return path


def place(name: str, cache: Path) -> Path:
    """Return the path that the file of the model called `name` has once it is fetched.

    Raises:
        ModelError: if `name` names no file.
    """
    if name == DEFAULT:
        return folder(cache) / DEFAULT_FILE
    wanted = parse(name)
    if not wanted.file:
        raise ModelError(f"The name {name} leaves the file open; `expunge models pull {name}` lists its files.")
    return folder(cache) / wanted.repo / wanted.file


def parse(name: str) -> HubFile:
    """Read `org/repo:file.gguf`, `org/repo/file.gguf` or `org/repo`, each with or without `hf://` before it.

    Raises:
        ModelError: if it is none of these.
    """
    plain = name.removeprefix("hf://").removeprefix("hf:")
    repo, colon, file = plain.partition(":")
    parts = repo.split("/")
    if not colon:
        parts, file = parts[:2], "/".join(parts[2:])
    pieces = [*parts, *(file.split("/") if file else [])]
    if len(parts) != 2 or not all(_is_plain(piece) for piece in pieces):
        raise ModelError(
            "There is no model of this name; name a GGUF file on the hub as OWNER/REPOSITORY/FILE.gguf, or leave it "
            "out for the embedded models."
        )
    return HubFile("/".join(parts), file)


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def wrong_checksum(file: str) -> WeightsInvalid:
    """The error for weights that are not what they should be."""
    return WeightsInvalid(f"The fetched file {file} has the wrong checksum and was thrown away; pull it again.")


def full_disk(root: Path) -> ModelError:
    """The error for a disk without room."""
    free = shutil.disk_usage(root if root.exists() else Path.cwd()).free // 2**20
    return ModelError(f"The disk is full: {root} has {free:,} MiB left; make room, or move EXPUNGE_CACHE_DIR.")


@contextmanager
def disk(root: Path) -> Iterator[None]:
    """Turns what goes wrong while a folder of the cache is written into one sentence.

    Raises:
        ModelError: if the disk is full, or the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise full_disk(root) from None
        raise ModelError(
            f"The folder {root} cannot be written: {reason_of(error)}, or name another folder with EXPUNGE_CACHE_DIR."
        ) from None


def _is_plain(piece: str) -> bool:
    return bool(piece) and not piece.startswith(".") and all(c.isalnum() or c in "-_. +" for c in piece)
