from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx2
import pytest

from expunge.errors import ExpungeError, MissingError, UsageError
from expunge.evals.hub_client import HubClient, HubFile, HubTable, Pages

Page = Callable[[BaseHTTPRequestHandler], None]
FILE = HubFile("set/file.jsonl", "org/set", "file.json")
TABLE = HubTable("set/table.jsonl", "org/set", ("question",), "test", ("one",))


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=5.0) as client:
        yield client


class Answer:
    """One answer for everything, and how often it was given."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.body, self.status, self.times = body, status, 0

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.times += 1
        request.send_response(self.status)
        request.send_header("Content-Length", str(len(self.body)))
        request.end_headers()
        request.wfile.write(self.body)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]\n", b'{"a": 1}\n{"a":', b"\xff", b"[" * 100_000])
def test_a_file_that_is_something_else(body: bytes, client: httpx2.Client, site: Callable[[Page], str]) -> None:
    address = site(Answer(body))
    with pytest.raises(UsageError, match=r"sent something else than set/file\.jsonl"):
        HubClient(client, address, address).file(FILE)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"rows": []},
        {"rows": [], "num_rows_total": 3},
        {"rows": [{"row": {"query": "x"}}], "num_rows_total": 1},
        {"rows": [{"row": {"question": "x"}, "truncated_cells": ["question"]}], "num_rows_total": 1},
        {"rows": [{"row": {"question": "x"}}], "num_rows_total": None},
        {"rows": ["x"], "num_rows_total": 1},
    ],
)
def test_a_table_that_is_something_else(
    answer: object, client: httpx2.Client, site: Callable[[Page], str], tmp_path: Path
) -> None:
    address = site(Answer(json.dumps(answer).encode()))
    with pytest.raises(UsageError, match=r"sent something else than set/table\.jsonl"):
        list(HubClient(client, address, address).table(TABLE, Pages(tmp_path / "pages")))


@pytest.mark.parametrize("body", [b'{"splits": []}', b"{}", b'{"splits": [{"config": "a", "split": "train"}]}', b"<"])
def test_a_table_whose_parts_are_not_told(
    body: bytes, client: httpx2.Client, site: Callable[[Page], str], tmp_path: Path
) -> None:
    address = site(Answer(body))
    table = HubTable("set/table.jsonl", "org/set", ("question",), "test")
    with pytest.raises(UsageError, match="sent something else"):
        list(HubClient(client, address, address).table(table, Pages(tmp_path / "pages")))


@pytest.mark.parametrize(
    ("status", "times", "says"),
    [
        (401, 1, "HF_TOKEN"),
        (403, 1, "HF_TOKEN"),
        (404, 1, "does not have this data set any more"),
        (418, 1, "cannot be reached"),
        (429, 5, "cannot be reached"),
        (503, 5, "cannot be reached"),
    ],
)
def test_statuses(status: int, times: int, says: str, client: httpx2.Client, site: Callable[[Page], str]) -> None:
    answer = Answer(b"", status)
    address = site(answer)
    pauses: list[float] = []
    with pytest.raises(MissingError, match=says):
        HubClient(client, address, address, pauses.append).file(FILE)
    assert answer.times == times
    assert pauses == [2.0, 4.0, 8.0, 16.0][: times - 1]


def test_a_connection_that_breaks_is_tried_again(client: httpx2.Client, site: Callable[[Page], str]) -> None:
    good = Answer(b'{"a": 1}\n')
    times = 0

    def breaks_twice(request: BaseHTTPRequestHandler) -> None:
        nonlocal times
        times += 1
        if times < 3:
            request.send_response(200)
            request.send_header("Content-Length", "999")
            request.end_headers()
            request.close_connection = True
        else:
            good(request)

    address = site(breaks_twice)
    assert HubClient(client, address, address, lambda seconds: None).file(FILE) == good.body


def test_an_address_that_is_none(client: httpx2.Client) -> None:
    with pytest.raises(ExpungeError, match="cannot be reached"):
        HubClient(client, "not an address", "", lambda seconds: None).file(FILE)
