from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.registry.security.signing import PublicKey, Signer, canonical, is_signed_by, read_public_key
from expunge.registry.store import Registry

SIGNER = Signer(b"k" * 32)
DOCUMENT = {"b": [1, 2.5, None], "a": {"name": "Orla Quennevest", "é": "\ud800"}}


def test_a_signed_document_verifies_and_no_other() -> None:
    signed = SIGNER.signed(DOCUMENT)
    assert is_signed_by(signed, SIGNER.public)
    assert is_signed_by(json.loads(json.dumps(signed)), SIGNER.public)
    assert is_signed_by(dict(reversed(signed.items())), SIGNER.public), "the order of keys says nothing"
    assert not is_signed_by(signed, Signer(b"o" * 32).public)
    for changed in (
        {**signed, "b": [1, 2.5]},
        {**signed, "c": 1},
        {key: value for key, value in signed.items() if key != "a"},
        {**signed, "signature": {**signed["signature"], "value": "AAAA"}},
        {**signed, "signature": {**signed["signature"], "value": "no base64!"}},
        {**signed, "signature": {**signed["signature"], "algorithm": "none"}},
        {**signed, "signature": {**signed["signature"], "public_key": Signer(b"o" * 32).public.text}},
        {**signed, "signature": "x"},
        DOCUMENT,
    ):
        assert not is_signed_by(changed, SIGNER.public)


def test_what_is_signed() -> None:
    assert canonical({"b": 1, "a": "ü", "signature": 1}) == '{"a":"ü","b":1}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})


@pytest.mark.parametrize("form", ["pem", "text", "given"])
def test_public_keys_are_read(tmp_path: Path, form: str) -> None:
    file = tmp_path / "key"
    file.write_text(SIGNER.public.pem if form == "pem" else SIGNER.public.text + "\n")
    assert read_public_key(SIGNER.public.text if form == "given" else str(file)) == SIGNER.public


@pytest.mark.parametrize(
    "content", ["", "x", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "ü"]
)
def test_no_public_keys(tmp_path: Path, content: str) -> None:
    file = tmp_path / "key"
    file.write_text(content)
    for given in (str(file), content):
        with pytest.raises(UsageError):
            read_public_key(given)


def test_a_public_key_is_told_in_short() -> None:
    assert len(SIGNER.public.fingerprint.split()) == 8
    assert SIGNER.public.fingerprint != Signer(b"o" * 32).public.fingerprint
    assert hash(SIGNER.public) == hash(PublicKey(SIGNER.public.raw))


def test_openssl_agrees(tmp_path: Path) -> None:
    key, data, signature = (tmp_path / name for name in ("key.pem", "data", "signature"))
    key.write_text(SIGNER.public.pem)
    data.write_bytes(canonical(DOCUMENT))
    signature.write_bytes(SIGNER.sign(canonical(DOCUMENT)))
    command: list[str | Path] = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        key,
        "-rawin",
        "-in",
        data,
        "-sigfile",
        signature,
    ]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no openssl here")
    assert done.returncode == 0, done.stderr


def test_a_registry_signs_with_the_same_key_whenever_it_is_opened(tmp_path: Path) -> None:
    keys = set()
    for _ in range(2):
        with Registry.open(f"sqlite:///{tmp_path}/r.db") as registry:
            keys.add(registry.signer.public)
    with Registry.open(f"sqlite:///{tmp_path}/other.db") as registry:
        assert registry.signer.public not in keys
    assert len(keys) == 1
