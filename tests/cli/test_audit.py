from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.registry.store import Registry

Run = Callable[..., Any]


@pytest.fixture
def logged(expunge: Run) -> None:
    assert expunge("targets", "add", "Isolde Farrow", "--no-elicit").code == 0
    assert expunge("keys", "create").code == 0


def tamper() -> None:
    with Registry.open("sqlite:///expunge.db") as registry, registry._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM audit WHERE number = 1")


def test_a_whole_log(expunge: Run, logged: None) -> None:
    assert expunge("audit", "verify").out == "The log is intact: 2 records.\n"
    assert json.loads(expunge("audit", "verify", "--json").out)["intact"] is True
    assert expunge("keys", "create", "--tenant", "acme").code == 0
    assert json.loads(expunge("audit", "verify", "--tenant", "acme", "--json").out)["records"] == 1


def test_a_broken_log_is_told_with_the_place(expunge: Run, logged: None) -> None:
    tamper()
    result = expunge("audit", "verify")
    assert (result.code, result.out.splitlines()[0]) == (1, "Record 1 is missing.")
    assert json.loads(expunge("audit", "verify", "--json").out)["problems"][0]["number"] == 1
    assert expunge("audit", "export", "bundle").code == 1


def test_a_bundle_is_exported_and_checked_without_the_registry(expunge: Run, logged: None) -> None:
    assert "Wrote 2 records" in expunge("audit", "export", "bundle").out
    Path("key.pem").write_bytes(Path("bundle/public-key.pem").read_bytes())
    Path("expunge.db").unlink()
    assert expunge("audit", "verify", "bundle", "--public-key", "key.pem").out == "The log is intact: 2 records.\n"
    assert not Path("expunge.db").exists()
    with Path("bundle/audit.jsonl").open("ab") as file:
        file.write(b" ")
    assert expunge("audit", "verify", "bundle", "--public-key", "key.pem").code == 1


def test_a_log_that_was_put_back_is_told_by_an_earlier_export(expunge: Run, logged: None) -> None:
    before = Path("expunge.db").read_bytes()
    assert expunge("audit", "verify", "--earlier", "bundle").code == 2
    assert expunge("targets", "add", "Ivo Pellandrine", "--no-elicit").code == 0
    assert expunge("audit", "export", "bundle").code == 0
    assert expunge("targets", "remove", "Ivo Pellandrine", "--yes").code == 0
    assert expunge("audit", "verify", "--earlier", "bundle", "--public-key", "bundle/public-key.pem").code == 0
    for left in Path().glob("expunge.db-*"):
        left.unlink()
    Path("expunge.db").write_bytes(before)
    assert expunge("audit", "verify").code == 0
    result = expunge("audit", "verify", "--earlier", "bundle")
    assert (result.code, "it was replaced or rolled back" in result.out) == (1, True), result.out
    Path("bundle/audit.jsonl").write_text("")
    assert "In the earlier export" in expunge("audit", "verify", "--earlier", "bundle").out


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["verify", "bundle"], "--public-key"),
        (["verify", "--public-key", "key.pem"], "bundle"),
        (["verify", "bundle", "--public-key", "nothing"], "public key"),
        (["verify", "nowhere"], "There is no bundle nowhere; name the folder"),
        (["prune"], "keep_days"),
        (["verify", "bundle", "--earlier", "old"], "leave BUNDLE out"),
        (["verify", "--tenant", "acne"], "check the spelling"),
        (["export", "out", "--tenant", "acne"], "check the spelling"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(expunge: Run, sandbox: Path, args: list[str], sentence: str) -> None:
    (sandbox / "bundle").mkdir()
    result = expunge("audit", *args)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err


def test_pruning(expunge: Run, logged: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "0 decisions" in expunge("audit", "prune", "--keep-days", "7").out
    monkeypatch.setenv("EXPUNGE_AUDIT__KEEP_DAYS", "30")
    assert json.loads(expunge("audit", "prune", "--json").out) == {"dropped": 0, "keep_days": 30}
