"""Signatures that hold outside the registry: Ed25519 (RFC 8032) over a JSON document or over bytes.

The private key is derived from the registry's own, so there is none to keep; a tenant has one of its own. The public
key is for whoever is to check what was signed. A new key of the registry makes a new signing key: what was signed
before is checked with the public key of that time.

A document is signed as canonical JSON: UTF-8, keys sorted, no spaces, and without its `signature`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from expunge.errors import UsageError

ALGORITHM = "Ed25519"
SEED_BYTES = 32
_FIELD = "signature"


class PublicKey:
    """A key that checks signatures. Two are equal if they are the same key."""

    __slots__ = ("_key", "raw")

    def __init__(self, raw: bytes) -> None:
        """The key of its 32 bytes.

        Raises:
            UsageError: if they are no key.
        """
        try:
            self._key = Ed25519PublicKey.from_public_bytes(raw)
        except ValueError:
            raise UsageError(
                "This is not an Ed25519 public key; give the one that was written beside the document."
            ) from None
        self.raw = raw

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> PublicKey:
        """The key that a signed document names; that it is the right one is for somebody else to say.

        Raises:
            UsageError: if it names none.
        """
        signature = document.get(_FIELD)
        text = signature.get("public_key") if isinstance(signature, Mapping) else None
        return read_public_key(text if isinstance(text, str) else "")

    @property
    def text(self) -> str:
        """The key in base64, on one line."""
        return base64.b64encode(self.raw).decode("ascii")

    @property
    def pem(self) -> str:
        """The key as a PEM file, which OpenSSL reads, too."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the key in groups of four hexadecimal digits, to be read out on the telephone."""
        digest = hashlib.sha256(self.raw).hexdigest()[:32]
        return " ".join(digest[at : at + 4] for at in range(0, 32, 4))

    def verifies(self, data: bytes, signature: bytes) -> bool:
        """Whether this key made the signature, for exactly these bytes."""
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)


class Signer:
    """A key that signs. Get one from `Registry.signer`."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, data: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(data)

    def signed(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document with its `signature`: algorithm, public key and value, the latter two in base64."""
        value = base64.b64encode(self.sign(canonical(document))).decode("ascii")
        return {**document, _FIELD: {"algorithm": ALGORITHM, "public_key": self.public.text, "value": value}}


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes of a document that are signed."""
    plain = {key: value for key, value in document.items() if key != _FIELD}
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def is_signed_by(document: Mapping[str, Any], key: PublicKey) -> bool:
    """Whether a document bears this key's signature and has not been changed since."""
    signature = document.get(_FIELD)
    if not isinstance(signature, Mapping) or signature.get("algorithm") != ALGORITHM:
        return False
    try:
        value = base64.b64decode(str(signature.get("value")), validate=True)
        return signature.get("public_key") == key.text and key.verifies(canonical(document), value)
    except (binascii.Error, ValueError, RecursionError):
        return False


def read_public_key(given: str) -> PublicKey:
    """A public key from a PEM file, from a file that holds it in base64, or from the base64 itself.

    Raises:
        UsageError: if there is no such file, or no key in it.
    """
    text = given.strip()
    path = Path(given).expanduser()
    if len(given) < 1_000 and path.is_file():
        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise UsageError(
                f"The file {path} cannot be read as a public key; give a PEM file, or the key in base64."
            ) from None
    try:
        if text.startswith("-----BEGIN"):
            loaded = load_pem_public_key(text.encode())
            if isinstance(loaded, Ed25519PublicKey):
                return PublicKey(loaded.public_bytes(Encoding.Raw, PublicFormat.Raw))
        else:
            return PublicKey(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        pass
    raise UsageError("The public key is neither a file nor a key; give a PEM file, or the key in base64.")
