"""A reader of a Hugging Face hub: files as they are, and tables as rows of JSON from its "datasets server".

Answers are small and read whole, and a busy server is asked again after a pause; `models/hub.py` fetches files of
gigabytes, which are resumed. `huggingface_hub` does not ask the datasets server for
rows (`docs/adr/0010-our-own-hub-clients.md`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from expunge.errors import MissingError, UsageError

if TYPE_CHECKING:
    from httpx2 import Client, Response

PAGE = 100
"""Rows that the datasets server gives at most in one answer."""
_ATTEMPTS = 5
_BUSY = frozenset({429, 500, 502, 503, 504})
"""Statuses that may pass."""
_LONGEST_PAUSE = 60.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of JSON lines in a data set's repository, and its place in the data folder."""

    place: str
    repo: str
    file: str


@dataclass(frozen=True, slots=True)
class HubTable:
    """Columns of a table in a data set's repository, and its place in the data folder.

    `each` is how many rows of each of the `configs` are taken, from the first (None: all). No configs means all that
    have the split, but for the one of all together.
    """

    place: str
    repo: str
    columns: tuple[str, ...]
    split: str
    configs: tuple[str, ...] = ()
    each: int | None = None


class Pages:
    """The pages of a table that came so far, kept in a file, so that what breaks off can be continued."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Any] = {}
        if path.exists():
            try:
                self._known = dict(json.loads(path.read_bytes()))
            except (ValueError, TypeError):
                path.unlink()

    def get(self, key: str, fetch: Callable[[], Any]) -> Any:
        """The page called `key`, fetched if it did not come yet."""
        if key not in self._known:
            self._known[key] = fetch()
            part = self._path.with_name(f"{self._path.name}.part")
            part.write_text(json.dumps(self._known), encoding="utf-8")
            part.replace(self._path)
        return self._known[key]


class HubClient:
    """Asks a hub and its datasets server; what may pass is tried again after a pause."""

    def __init__(self, client: Client, endpoint: str, rows: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._endpoint = endpoint.rstrip("/")
        self._rows = rows.rstrip("/")
        self._pause = pause

    def file(self, wanted: HubFile) -> bytes:
        """A file's bytes, which are JSON lines.

        Raises:
            MissingError: if the hub cannot be reached or does not give it out.
            UsageError: if it is something else.
        """
        content = self._get(f"{self._endpoint}/datasets/{wanted.repo}/resolve/main/{quote(wanted.file)}", {}).content
        try:
            lines = [json.loads(line) for line in content.decode().split("\n") if line.strip()]
        except (ValueError, RecursionError):
            lines = []
        if not lines or not all(isinstance(line, dict) for line in lines):
            raise _unexpected(self._endpoint, wanted.place)
        return content

    def table(self, wanted: HubTable, pages: Pages) -> Iterator[dict[str, Any]]:
        """A table's rows, with the columns wanted.

        Raises:
            MissingError: if the hub cannot be reached or does not give it out.
            UsageError: if the table has other columns.
        """
        for config in wanted.configs or self._configs(wanted, pages):
            start, total = 0, 1
            while start < total:
                count = PAGE if wanted.each is None else min(PAGE, wanted.each - start)
                query: dict[str, str | int] = {
                    "config": config,
                    "split": wanted.split,
                    "offset": start,
                    "length": count,
                }
                page = pages.get(f"{config} {start}", partial(self._json, "rows", wanted.repo, query))
                records, total = self._page(page, wanted)
                total = total if wanted.each is None else min(total, wanted.each)
                yield from records
                start += len(records)

    def _configs(self, wanted: HubTable, pages: Pages) -> list[str]:
        answer = pages.get("splits", partial(self._json, "splits", wanted.repo, {}))
        try:
            found = [entry["config"] for entry in answer["splits"] if entry["split"] == wanted.split]
        except (KeyError, TypeError):
            found = []
        if not found:
            raise _unexpected(self._rows, wanted.place)
        return [config for config in found if config != "all"]

    def _page(self, page: Any, wanted: HubTable) -> tuple[list[dict[str, Any]], int]:
        """The rows of a page, and how many there are in all; a page without rows would never come to an end."""
        try:
            records = [{name: entry["row"][name] for name in wanted.columns} for entry in page["rows"]]
            cut = {name for entry in page["rows"] for name in entry.get("truncated_cells", ())}
            total = int(page["num_rows_total"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _unexpected(self._rows, wanted.place) from None
        if not records or cut & set(wanted.columns):
            raise _unexpected(self._rows, wanted.place)
        return records, total

    def _json(self, what: str, repo: str, query: Mapping[str, str | int]) -> Any:
        response = self._get(f"{self._rows}/{what}", {"dataset": repo, **query})
        try:
            return response.json()
        except ValueError:
            raise _unexpected(self._rows, repo) from None

    def _get(self, url: str, query: Mapping[str, str | int]) -> Response:
        import httpx2

        host = urlsplit(url).hostname or url
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._pause(min(float(2**attempt), _LONGEST_PAUSE))
            try:
                response = self._client.get(url, params=query or None)
            except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL):
                break
            except httpx2.HTTPError:
                continue
            if response.status_code in (401, 403):
                raise MissingError(
                    f"{host} does not give this data set out: accept its terms there and set HF_TOKEN, or give the "
                    "folder that holds it with --data."
                )
            if response.status_code == 404:
                raise MissingError(f"{host} does not have this data set any more; give its folder with --data.")
            if response.status_code == 200:
                return response
            if response.status_code not in _BUSY:
                break
        raise MissingError(f"{host} cannot be reached; check the network, or give the folder of data with --data.")


def _unexpected(address: str, what: str) -> UsageError:
    host = urlsplit(address).hostname or address
    return UsageError(f"{host} sent something else than {what} as it is known; give the folder of data with --data.")
