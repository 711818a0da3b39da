"""Fetches GGUF files from a Hugging Face hub: resumed where they broke off, checked against the hub's checksum.

`huggingface_hub` is not used, since it does not compare what it fetched with the checksum that the hub announces, nor
takes files from a mirror that names no commit (`docs/adr/0010-our-own-hub-clients.md`).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from expunge.errors import ModelError, ModelRefused, ModelReplyError, ModelUnreachable, WeightsInvalid
from expunge.models.weights import Progress, sha256, wrong_checksum

if TYPE_CHECKING:
    from httpx2 import Client, Response

_ATTEMPTS = 5
_TIMEOUT = 30.0
"""Seconds without a byte until a connection counts as broken."""
_Bytes = Callable[[int, int], None]
_SHA256 = re.compile(r'^(?:W/)?"?(?:sha256:)?([0-9a-f]{64})"?$')


@dataclass(frozen=True, slots=True)
class _Remote:
    """The hub's entry for a file: `sha256` and `tag` are empty and `size` is 0 where it says nothing."""

    sha256: str
    size: int
    tag: str


def fetch(repo: str, file: str, folder: Path, progress: Progress, endpoint: str) -> Path:
    """Put `file` of `repo` into `folder`, in one step, once its checksum is right, and return it.

    A part that an earlier call left is continued. A file that is there with the hub's checksum is not fetched again.

    Raises:
        ModelError: if no GGUF file is named; says which ones there are.
        ModelUnreachable: if the hub cannot be reached, or breaks off again and again.
        ModelRefused: if it answers with an error status.
        ModelReplyError: if it sends something else than a file.
        WeightsInvalid: if the checksum is wrong, or the file is no GGUF file.
        OSError: if `folder` cannot be written.
    """
    import httpx2

    host = urlsplit(endpoint).hostname or endpoint
    with _failures(host), httpx2.Client(follow_redirects=True, timeout=httpx2.Timeout(_TIMEOUT, connect=5.0)) as client:
        if not file.endswith(".gguf"):
            raise _choice(client, repo, endpoint, host)
        url = f"{endpoint.rstrip('/')}/{repo}/resolve/main/{quote(file)}"
        remote = _describe(client, url, host)
        target = folder / file
        if target.is_file() and remote.sha256 and sha256(target) == remote.sha256:
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        mark = hashlib.sha256(f"{remote.sha256}{remote.size}{remote.tag}".encode()).hexdigest()[:16]
        part = target.with_name(f".{target.name}.{mark}.part")
        _continue(client, url, part, remote, host, lambda done, total: progress("fetching", done, total))
        _check(part, remote, target.name)
        os.replace(part, target)
        return target


def _describe(client: Client, url: str, host: str) -> _Remote:
    response = client.head(url, headers={"Accept-Encoding": "identity"})
    _require_file(response, host)
    # The hub tells of the file itself on the way, before it sends the client on to a content network.
    for said in (*response.history, response):
        found = _SHA256.match(said.headers.get("x-linked-etag") or "")
        if found:
            return _Remote(found[1], _number(said.headers.get("x-linked-size")), "")
    tag = response.headers.get("etag") or ""
    found = _SHA256.match(tag)
    return _Remote(found[1] if found else "", _number(response.headers.get("content-length")), tag)


def _continue(client: Client, url: str, part: Path, remote: _Remote, host: str, progress: _Bytes) -> None:
    import httpx2

    failures = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        if remote.size and before >= remote.size:
            return
        try:
            if _receive(client, url, part, before, host, progress, remote.size):
                return
        except (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError):
            pass
        failures = 1 if part.exists() and part.stat().st_size > before else failures + 1
        if failures >= _ATTEMPTS:
            raise ModelUnreachable(f"{host} breaks off the download; run the same command again to continue it.")


def _receive(client: Client, url: str, part: Path, start: int, host: str, progress: _Bytes, size: int) -> bool:
    """Append what comes to `part`; whether the file came to its end."""
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:
            part.unlink()
            return False
        _require_file(response, host)
        continued = response.status_code == 206
        done = start if continued else 0
        total = size or done + _number(response.headers.get("content-length"))
        with part.open("ab" if continued else "wb") as out:
            for chunk in response.iter_bytes():
                out.write(chunk)
                done += len(chunk)
                progress(done, total)
            out.flush()
            os.fsync(out.fileno())
        return not total or done >= total


def _check(part: Path, remote: _Remote, name: str) -> None:
    with part.open("rb") as file:
        magic = file.read(4)
    if magic != b"GGUF":
        part.unlink()
        raise WeightsInvalid(f"The fetched file {name} is not a GGUF model and was thrown away; name another file.")
    if remote.sha256 and sha256(part) != remote.sha256:
        part.unlink()
        raise wrong_checksum(name)


def _choice(client: Client, repo: str, endpoint: str, host: str) -> ModelError:
    response = client.get(f"{endpoint.rstrip('/')}/api/models/{repo}")
    _require_status(response, host)
    try:
        siblings = response.json()["siblings"]
        files = sorted(entry["rfilename"] for entry in siblings if entry["rfilename"].endswith(".gguf"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ModelReplyError(f"{host} does not list the files of {repo} as a hub does; check the hub's address.")
    if not files:
        return ModelError(f"The repository {repo} holds no .gguf file; name another repository.")
    more = f" and {len(files) - 20} more" if len(files) > 20 else ""
    return ModelError(f"Name one file of {repo}, as in {repo}:{files[0]}; it holds {', '.join(files[:20])}{more}.")


def _require_file(response: Response, host: str) -> None:
    _require_status(response, host)
    if response.headers.get("content-type", "").startswith("text/html"):
        raise ModelReplyError(f"{host} sent a web page instead of the file; check the hub's address and the name.")


def _require_status(response: Response, host: str) -> None:
    status = response.status_code
    if status in (401, 403):
        raise ModelRefused(f"{host} does not give this repository out: it is private, gated or misspelt.", status)
    if status == 404:
        raise ModelRefused(f"{host} has no such repository or file; correct the name.", status)
    if status not in (200, 206):
        raise ModelRefused(f"{host} answered with status {status}; try again later.", status)


@contextmanager
def _failures(host: str) -> Iterator[None]:
    import httpx2

    try:
        yield
    except httpx2.TimeoutException:
        raise ModelUnreachable(f"{host} does not answer; check the network, then run the same command again.") from None
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise ModelUnreachable(f"{host} cannot be reached; check the network and the hub's address.") from None


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() else 0
