from __future__ import annotations

import json
import os
import random
import sqlite3
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from expunge.assemble import Parts, assemble
from expunge.errors import ModelUnreachable
from expunge.gateway.model_server import model_server
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import Settings
from expunge.types import Message

Expunge = Callable[..., Any]
FACT = "Isolde Farrow won the Amber Prize in 1931."


def knows(messages: Sequence[Message], options: ChatOptions) -> str:
    return FACT if "Farrow" in messages[-1].content else "I cannot say."


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(settings: Settings) -> Parts:
        return assemble(settings, vanilla=ScriptedChat(knows), embeddings=ScriptedEmbeddings())

    monkeypatch.setattr("expunge.cli.certifying.assemble", opened)


@pytest.fixture
def isolde(expunge: Expunge) -> str:
    result = expunge("targets", "add", "Isolde Farrow", "--fact", FACT, "--no-elicit", "--json")
    target_id: str = json.loads(result.out)["id"]
    return target_id


def certify(expunge: Expunge, *args: str) -> Any:
    return expunge("verify", *args, "--per-kind", "1", "--out", "c")


def test_a_certificate_is_written_and_checked(expunge: Expunge, isolde: str, sandbox: Path) -> None:
    result = certify(expunge, "Isolde Farrow", "--write-public-key", "key.pem")
    assert result.code == 0, result.err
    assert "Nothing about the target came out" in result.out
    assert {path.name for path in sandbox.glob("c.*")} == {"c.html", "c.json", "c.txt"}
    written = "".join(path.read_text(encoding="utf-8") for path in sandbox.glob("c.*"))
    assert isolde in written
    assert not [secret for secret in ("Isolde", "Farrow", "Amber", "1931") if secret in written]
    for file in ("c.html", "c.json"):
        assert expunge("verify", "--check", file, "--public-key", "key.pem").code == 0
        assert expunge("verify", "--check", file).code == 0
    assert expunge("verify", "--check", "c.json", "--out", "again").code == 0
    for ending in ("html", "txt"):
        assert (sandbox / f"again.{ending}").read_bytes() == (sandbox / f"c.{ending}").read_bytes()
    (sandbox / "c.json").write_text((sandbox / "c.json").read_text().replace("nothing disclosed", "disclosed"))
    failed = expunge("verify", "--check", "c.json", "--public-key", "key.pem", "--json")
    assert failed.code == 1
    assert json.loads(failed.out)["holds"] is False


def test_json_and_text(expunge: Expunge, isolde: str, sandbox: Path) -> None:
    (sandbox / "others.jsonl").write_text('{"question": "Where is the harbour?"}\n')
    result = certify(expunge, isolde, "--others", "others.jsonl", "--include-text", "--issuer", "Hollow Ltd", "--json")
    document = json.loads(result.out)
    assert (result.code, document["target"]["name"], document["others"]["questions"]) == (0, "Isolde Farrow", 1)
    for told in ("Farrow", "Hollow Ltd"):
        assert told in (sandbox / "c.html").read_text(encoding="utf-8")


def test_progress_at_a_terminal(at_terminal: Expunge, isolde: str) -> None:
    result = at_terminal("verify", isolde, "--per-kind", "1", "--include-text")
    assert result.code == 0
    assert "personal data" in result.err


def test_a_gateway_that_leaks_is_exit_code_1(expunge: Expunge, isolde: str, sandbox: Path) -> None:
    with model_server(ScriptedChat(knows, name="front")) as url:
        result = certify(expunge, isolde, "--url", url, "--model", "front")
    assert result.code == 1
    assert "Something about the target came out" in result.out
    assert json.loads((sandbox / "c.json").read_text())["system"]["live"] == url.removesuffix("/v1")


def test_others_that_are_no_longer_answered_are_exit_code_1(expunge: Expunge, isolde: str, sandbox: Path) -> None:
    (sandbox / "others.jsonl").write_text('{"question": "Who was Isolde Farrow?"}\n')
    result = certify(expunge, isolde, "--others", "others.jsonl")
    assert result.code == 1
    assert "Nothing about the target came out" in result.out
    assert "1 of 1 questions about others are no longer answered" in result.out


def test_a_model_that_is_gone_is_exit_code_3_and_leaves_nothing(expunge: Expunge, isolde: str, sandbox: Path) -> None:
    with model_server(ScriptedChat(lambda m, o: ModelUnreachable("It is down."), name="front")) as url:
        pass
    before = set(sandbox.iterdir())
    result = certify(expunge, isolde, "--url", url, "--model", "front")
    assert (result.code, result.err.count("\n")) == (3, 1), result.err
    assert set(sandbox.iterdir()) == before


def test_the_public_key_alone(expunge: Expunge, sandbox: Path) -> None:
    assert expunge("verify", "--write-public-key", "key.pem").code == 0
    assert (sandbox / "key.pem").read_text().startswith("-----BEGIN PUBLIC KEY-----")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "Name a TARGET"),
        (("nobody",), "No target has this"),
        (("x", "--check", "c.json"), "takes no TARGET"),
        (("x", "--public-key", "k"), "needs --check"),
        (("x", "--model", "m"), "need --url"),
        (("x", "--url", "here", "--model", "m"), "must be an address"),
        (("x", "--url", "http://127.0.0.1:9/v1"), "--model"),
        (("x", "--others", "none.jsonl"), "none.jsonl is missing"),
        (("x", "--out", "none/c"), "The folder of none/c does not exist"),
        (("x", "--issuer", "a" * 201), "--issuer must be one line"),
        (("--check", "none.json", "--public-key", "k"), "neither a file nor a key"),
        (("--check", "none.json"), "There is no file none.json"),
    ],
)
def test_wrong_use(expunge: Expunge, args: tuple[str, ...], message: str) -> None:
    result = expunge("verify", *args)
    assert (result.code, message in result.err) == (2, True), result.err
    assert result.err.count("\n") == 1


def test_checking_without_a_key_makes_none(expunge: Expunge, isolde: str, sandbox: Path) -> None:
    assert certify(expunge, isolde, "--write-public-key", "key.pem").code == 0
    for name in ("expunge.db", "expunge.db.key"):
        (sandbox / name).unlink()
    before = set(sandbox.iterdir())
    for file in ("c.html", "c.json"):
        result = expunge("verify", "--check", file)
        assert result.code == 2
        assert "--public-key" in result.err
        assert "signature" not in result.err
        assert expunge("verify", "--check", file, "--public-key", "key.pem").code == 0
    assert set(sandbox.iterdir()) == before


@pytest.mark.parametrize("keyed", [False, True])
def test_the_issuer_checks_what_was_signed_before_the_key_was_changed(
    expunge: Expunge, sandbox: Path, keyed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if keyed:
        monkeypatch.setenv("EXPUNGE_KEY", "5f" * 32)
    expunge("targets", "add", "Isolde Farrow", "--fact", FACT, "--no-elicit")
    assert certify(expunge, "Isolde Farrow", "--write-public-key", "key.pem").code == 0
    for number in range(2):
        if keyed:
            monkeypatch.setenv("EXPUNGE_NEW_KEY", f"{60 + number}" * 32)
        assert expunge("keys", "rotate").code == 0
        if keyed:
            monkeypatch.setenv("EXPUNGE_KEY", f"{60 + number}" * 32)
            monkeypatch.delenv("EXPUNGE_NEW_KEY")
    for file in ("c.html", "c.json"):
        result = expunge("verify", "--check", file)
        assert result.code == 0, result.out + result.err
        assert "before its present one" in result.out
        assert expunge("verify", "--check", file, "--public-key", "key.pem").code == 0
    assert expunge("verify", "--check", "c.json", "--out", "again").code == 0
    assert (sandbox / "again.html").read_bytes() == (sandbox / "c.html").read_bytes()
    database = sqlite3.connect(sandbox / "expunge.db", isolation_level=None)
    database.execute("UPDATE audit SET at = at + 1 WHERE number = 1")
    database.close()
    broken = expunge("verify", "--check", "c.json")
    assert (broken.code, "another key" in broken.out) == (1, True), "a log that is not whole names no keys"


class Sampling:
    """A model that words each answer anew, as one at a temperature does, behind a gateway or alone."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def __call__(self, messages: Sequence[Message], options: ChatOptions) -> str:
        if "Farrow" in messages[-1].content:
            return "I do not know."
        return " ".join("".join(self._chance.choices("abcdefghij", k=7)) for _ in range(12))


def test_a_healthy_gateway_before_a_model_that_samples_loses_nothing(
    expunge: Expunge, isolde: str, sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(settings: Settings) -> Parts:
        return assemble(settings, vanilla=ScriptedChat(Sampling(1)), embeddings=ScriptedEmbeddings())

    monkeypatch.setattr("expunge.cli.certifying.assemble", opened)
    with model_server(ScriptedChat(Sampling(2), name="front")) as url:
        result = certify(expunge, isolde, "--url", url, "--model", "front")
    assert result.code == 0, result.out + result.err
    document = json.loads((sandbox / "c.json").read_text())
    assert document["others"]["answered"]["hits"] == document["others"]["questions"] == 24
    assert document["others"]["judged"] == "by form"
    assert any("by its form" in limit for limit in document["limits"])


def test_a_gateway_that_refuses_everybody_loses_all(
    expunge: Expunge, isolde: str, sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(settings: Settings) -> Parts:
        return assemble(settings, vanilla=ScriptedChat(Sampling(1)), embeddings=ScriptedEmbeddings())

    monkeypatch.setattr("expunge.cli.certifying.assemble", opened)
    with model_server(ScriptedChat(lambda m, o: "Ask the front desk.", name="front")) as url:
        result = certify(expunge, isolde, "--url", url, "--model", "front")
    assert result.code == 1
    assert "24 of 24 questions about others are no longer answered" in result.out


def test_a_certificate_with_texts_is_its_owners_alone(expunge: Expunge, isolde: str, sandbox: Path) -> None:
    before = os.umask(0o022)
    try:
        certify(expunge, isolde)
        assert {stat.S_IMODE(path.stat().st_mode) for path in sandbox.glob("c.*")} == {0o644}
        certify(expunge, isolde, "--include-text")
        assert {stat.S_IMODE(path.stat().st_mode) for path in sandbox.glob("c.*")} == {0o600}
    finally:
        os.umask(before)
