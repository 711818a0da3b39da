from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from expunge.errors import MissingError, UsageError
from expunge.evals import hub
from expunge.evals.suites import SUITES, SuiteOptions

Page = Callable[[BaseHTTPRequestHandler], None]
LINES = b'{"question": "What pet has Odo?", "answer": "Odo has an otter."}\n'
SUBJECTS = ("knots", "sails")


def item(number: int) -> dict[str, Any]:
    return {"subject": "x", "question": f"Question {number}?", "choices": ["a", "b", "c", "d"], "answer": number % 4}


class Hub:
    """A hub with files, which it redirects to another host, and a datasets server with tables; both can misbehave."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {
            f"wmdp-{topic}": [item(number) for number in range(250)] for topic in ("bio", "chem", "cyber")
        }
        self.tables |= {name: [item(number) for number in range(30)] for name in (*SUBJECTS, "all")}
        people = [{"title": "Odo", "question": "Who?", "answer": "Odo.", "wikipage": "long"}]
        self.tables |= dict.fromkeys(("forget_100", "forget_100_hard_retain", "general_retain"), people)
        self.content = LINES
        self.log: list[str] = []
        self.tokens: list[tuple[str, str]] = []
        self.fail: dict[int, int] = {}
        self.cut: list[str] = []
        self.network = ""

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.log.append(request.path)
        self.tokens.append((urlsplit(request.path).path, request.headers.get("Authorization") or ""))
        if (status := self.fail.get(len(self.log))) is not None:
            self._send(request, b"busy", status)
            return
        path, query = urlsplit(request.path).path, parse_qs(urlsplit(request.path).query)
        if path.startswith("/datasets/locuslab/TOFU/resolve/main/"):
            request.send_response(302)
            request.send_header("Location", f"{self.network}/network/1")
            request.send_header("Content-Length", "0")
            request.end_headers()
        elif path == "/network/1":
            self._send(request, self.content)
        elif path == "/splits":
            splits = [{"config": name, "split": "test"} for name in (*SUBJECTS, "all")]
            self._send(request, json.dumps({"splits": [*splits, {"config": "extra", "split": "train"}]}).encode())
        elif path == "/rows":
            records = self.tables[query["config"][0]]
            start, count = int(query["offset"][0]), int(query["length"][0])
            page = [{"row": row, "truncated_cells": self.cut} for row in records[start : start + count]]
            self._send(request, json.dumps({"rows": page, "num_rows_total": len(records)}).encode())
        else:
            self._send(request, b"", 404)

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def far() -> Hub:
    return Hub()


@pytest.fixture
def fetch(far: Hub, site: Callable[[Page], str], tmp_path: Path) -> Callable[..., Path]:
    address = site(far)
    far.network = site(far).replace("127.0.0.1", "localhost")

    def call(*sets: str, **options: Any) -> Path:
        return hub.fetch(sets, tmp_path, endpoint=address, rows=address, pause=lambda seconds: None, **options)

    return call


def manifest(tmp_path: Path) -> dict[str, str]:
    return dict(json.loads((tmp_path / "data" / "manifest.json").read_text()))


def left_over(tmp_path: Path) -> list[str]:
    return [path.name for path in tmp_path.rglob("*") if path.name.startswith(".")]


def test_files_come_as_they_are_and_only_once(far: Hub, fetch: Callable[..., Path], tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    root = fetch("tofu", progress=lambda *report: seen.append(report))
    assert root == tmp_path / "data"
    assert (root / "tofu" / "forget10_perturbed.jsonl").read_bytes() == LINES
    assert manifest(tmp_path)["tofu/retain_perturbed.jsonl"] == hashlib.sha256(LINES).hexdigest()
    assert left_over(tmp_path) == []
    assert seen[0] == ("tofu/forget01_perturbed.jsonl", 0, 6)
    assert seen[-1] == ("", 6, 6)
    before = len(far.log)
    fetch("tofu")
    assert len(far.log) == before


def test_tables_come_by_pages_with_the_columns_that_are_read(far: Hub, fetch: Callable[..., Path]) -> None:
    lines = (fetch("wmdp", "wpu") / "wmdp" / "bio_questions.jsonl").read_text().splitlines()
    assert [json.loads(line)["question"] for line in lines] == [f"Question {number}?" for number in range(250)]
    assert list(json.loads(lines[0])) == ["question", "choices", "answer"]
    assert len([path for path in far.log if "wmdp-bio" in path]) == 3
    assert "wikipage" not in (fetch("wpu") / "wpu" / "forget_qa.jsonl").read_text()


def test_mmlu_is_ten_of_each_subject(far: Hub, fetch: Callable[..., Path]) -> None:
    lines = (fetch("mmlu") / "mmlu" / "sample_10_per_subject.jsonl").read_text().splitlines()
    assert [json.loads(line)["question"] for line in lines] == [f"Question {n}?" for n in range(10)] * len(SUBJECTS)
    assert len(far.log) == 1 + len(SUBJECTS)


def test_the_suites_read_what_was_fetched(fetch: Callable[..., Path]) -> None:
    for name in ("wmdp", "wpu"):
        info = SUITES[name]
        assert info.load(SuiteOptions(data=fetch(*info.data))).cases


def test_the_token_goes_to_the_hub_and_nowhere_else(far: Hub, fetch: Callable[..., Path]) -> None:
    fetch("tofu", "mmlu", token="secret")
    assert {token for path, token in far.tokens if path != "/network/1"} == {"Bearer secret"}
    assert {token for path, token in far.tokens if path == "/network/1"} == {""}


def test_a_busy_hub_is_asked_again(far: Hub, fetch: Callable[..., Path]) -> None:
    far.fail = {2: 429, 3: 503}
    assert (fetch("mmlu") / "mmlu" / "sample_10_per_subject.jsonl").exists()
    assert len(far.log) == 3 + len(SUBJECTS)


def test_pages_that_came_are_kept(far: Hub, fetch: Callable[..., Path], tmp_path: Path) -> None:
    far.fail = {3: 404}
    with pytest.raises(MissingError):
        fetch("wmdp")
    assert not (tmp_path / "data" / "wmdp" / "bio_questions.jsonl").exists()
    fetch("wmdp")
    asked = [parse_qs(urlsplit(path).query)["offset"][0] for path in far.log if "wmdp-bio" in path]
    assert asked == ["0", "100", "200", "200"]
    assert left_over(tmp_path) == []


def test_pages_cut_short_are_fetched_anew(fetch: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "data" / "mmlu").mkdir(parents=True)
    (tmp_path / "data" / "mmlu" / ".sample_10_per_subject.jsonl.pages").write_text('{"splits": ')
    assert (fetch("mmlu") / "mmlu" / "sample_10_per_subject.jsonl").exists()


def test_a_changed_file_is_refused(fetch: Callable[..., Path]) -> None:
    path = fetch("tofu") / "tofu" / "forget10_perturbed.jsonl"
    path.write_bytes(LINES * 2)
    with pytest.raises(UsageError, match=r"tofu/forget10_perturbed\.jsonl in the cache is not as it was fetched"):
        fetch("tofu")
    path.unlink()
    assert (fetch("tofu") / "tofu" / "forget10_perturbed.jsonl").read_bytes() == LINES


def test_a_hub_that_changed_is_refused(far: Hub, fetch: Callable[..., Path], tmp_path: Path) -> None:
    path = fetch("tofu") / "tofu" / "forget10_perturbed.jsonl"
    path.unlink()
    far.content = LINES * 2
    with pytest.raises(UsageError, match=r"another data/tofu/forget10_perturbed\.jsonl than when it was first"):
        fetch("tofu")
    assert not path.exists()
    (tmp_path / "data" / "manifest.json").unlink()
    assert (fetch("tofu") / "tofu" / "forget10_perturbed.jsonl").read_bytes() == LINES * 2


def test_a_file_that_nobody_vouches_for_is_fetched_anew(fetch: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "data" / "tofu").mkdir(parents=True)
    path = tmp_path / "data" / "tofu" / "forget10_perturbed.jsonl"
    path.write_bytes(b"half of it")
    fetch("tofu")
    assert path.read_bytes() == LINES


@pytest.mark.parametrize("content", ["{", "[1]", '{"a": 3}'])
def test_a_damaged_manifest(fetch: Callable[..., Path], tmp_path: Path, content: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "manifest.json").write_text(content)
    with pytest.raises(UsageError, match=r"manifest\.json in the cache is damaged"):
        fetch("tofu")


@pytest.mark.parametrize("name", ["kbench", "tofu_multilingual", "nothing"])
def test_what_the_hub_does_not_have(fetch: Callable[..., Path], name: str) -> None:
    with pytest.raises(UsageError, match=f"does not have the data set {name}"):
        fetch(name)


def test_a_cache_that_cannot_be_written(fetch: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(UsageError, match=r"cannot be written.*EXPUNGE_CACHE_DIR"):
        fetch("tofu")


def test_a_hub_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(MissingError, match=r"127\.0\.0\.1 cannot be reached.*--data"):
        hub.fetch(["tofu"], tmp_path, endpoint=address, rows=address)


def test_every_suite_can_be_had_or_says_why_not() -> None:
    named = {folder for info in SUITES.values() for folder in info.data}
    assert named - set(hub.SETS) == {"tofu_multilingual", "kbench", "rwku", "longform", "conversations"}
    places = [entry.place for entries in hub.SETS.values() for entry in entries]
    assert len(set(places)) == len(places)
    for folder, entries in hub.SETS.items():
        assert all(os.path.dirname(entry.place) == folder for entry in entries)
