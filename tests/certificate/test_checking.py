from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.assemble import Parts
from expunge.certificate.checking import check
from expunge.certificate.page import data_of, page
from expunge.errors import UsageError
from expunge.registry.security.signing import Signer

Issued = Callable[..., Any]


@pytest.fixture
async def files(issued: Issued, parts: Parts, tmp_path: Path) -> tuple[Path, Path, dict[str, Any]]:
    document = await issued(per_kind=1)
    html, data = tmp_path / "c.html", tmp_path / "c.json"
    html.write_text(page(document, parts.registry.signer.public), encoding="utf-8")
    data.write_text(json.dumps(document), encoding="utf-8")
    return html, data, document


async def test_what_was_signed_holds(files: tuple[Path, Path, dict[str, Any]], parts: Parts) -> None:
    key = parts.registry.signer.public
    for file in files[:2]:
        assert check(file, key).holds
        assert not check(file, Signer(b"o" * 32).public).holds


@pytest.mark.parametrize("share", range(20))
async def test_a_changed_page_does_not_hold(
    files: tuple[Path, Path, dict[str, Any]], parts: Parts, tmp_path: Path, share: int
) -> None:
    content = files[0].read_text(encoding="utf-8")
    at = share * (len(content) - 1) // 19
    changed = tmp_path / "changed.html"
    changed.write_text(content[:at] + ("x" if content[at] != "x" else "y") + content[at + 1 :], encoding="utf-8")
    try:
        assert not check(changed, parts.registry.signer.public).holds
    except UsageError:
        assert data_of(changed.read_text(encoding="utf-8")) is None or at == 0


async def test_what_the_page_shows_must_be_its_data(
    files: tuple[Path, Path, dict[str, Any]], parts: Parts, tmp_path: Path
) -> None:
    html, data, document = files
    changed = tmp_path / "changed.html"
    changed.write_text(html.read_text(encoding="utf-8").replace("Nothing about", "All about", 1), encoding="utf-8")
    found = check(changed, parts.registry.signer.public)
    assert (found.holds, "what the page shows was changed" in found.sentence) == (False, True)
    other = {**document, "verdict": "disclosed"}
    data.write_text(json.dumps(other), encoding="utf-8")
    assert not check(data, parts.registry.signer.public).holds


async def test_a_page_of_another_version_cannot_be_compared(parts: Parts, issued: Issued, tmp_path: Path) -> None:
    document = await issued(per_kind=1)
    older = parts.registry.signer.signed({k: v for k, v in document.items() if k != "signature"} | {"expunge": "0.0.1"})
    path = tmp_path / "older.html"
    path.write_text(page(older, parts.registry.signer.public), encoding="utf-8")
    found = check(path, parts.registry.signer.public)
    assert not found.holds
    assert "0.0.1" in found.sentence


@pytest.mark.parametrize("content", [b"", b"<html>", b"{}", b"[1]", b"\xff", b'{"format": "expunge certificate 2"}'])
async def test_no_certificates(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.html"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        check(path, Signer(b"o" * 32).public)
    with pytest.raises(UsageError, match="There is no file"):
        check(tmp_path / "none.html", Signer(b"o" * 32).public)


async def test_why_it_does_not_hold(files: tuple[Path, Path, dict[str, Any]], parts: Parts) -> None:
    own, other = parts.registry.signer.public, Signer(b"o" * 32).public
    _, data, document = files
    told = check(data, other).sentence
    assert own.fingerprint in told
    assert other.fingerprint in told
    assert "--public-key" in told
    for changed in (
        {**document, "verdict": "disclosed"},
        {**document, "signature": {**document["signature"], "public_key": other.text}},
        {key: value for key, value in document.items() if key != "signature"},
    ):
        data.write_text(json.dumps(changed), encoding="utf-8")
        for key in (own, other):
            found = check(data, key)
            assert not found.holds
            assert "was changed" in found.sentence


async def test_a_former_key_checks_what_it_signed(files: tuple[Path, Path, dict[str, Any]], parts: Parts) -> None:
    own, other = parts.registry.signer.public, Signer(b"o" * 32).public
    for file in files[:2]:
        found = check(file, other, (own,))
        assert (found.holds, found.key) == (True, own)
        assert "before its present one" in found.sentence
        assert "before" not in check(file, own, (other,)).sentence
