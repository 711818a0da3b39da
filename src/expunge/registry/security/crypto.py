"""Encryption at rest: AES-256-GCM for what is kept, keyed hashes for what is looked up.

A record's associated data names the record, so that one cannot be put in another's place. Keys are
derived from one secret and the registry's own salt: by HKDF from 32 random bytes, by scrypt (N = 2^15,
r = 8, p = 1: about 0.1 s and 32 MiB) from a passphrase.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import secrets
import unicodedata
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from expunge.errors import ConfigError, RegistryError, RegistryReadOnly, WrongKey
from expunge.registry.db.files import keep_private
from expunge.settings import DEFAULT_TENANT

SALT_BYTES = 16
_NONCE_BYTES = 12
_HASH_BYTES = 16


def normalise_name(name: str) -> str:
    """A name as it is compared: NFKC, case folded, runs of white space as one space."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


class Keyring:
    """The keys of one tenant in one registry. `check` tells, when stored, whether a later key is the same one.

    The default tenant's are the registry's own; those of another are derived from them, so that no record and no
    hash of a name means anything among another tenant's.
    """

    __slots__ = ("_cipher", "_hash_key", "_material", "_older", "check", "tenant")

    def __init__(self, secret: str, salt: bytes) -> None:
        """Derive the registry's own keys.

        Raises:
            ConfigError: if the secret is empty.
        """
        self._take(HKDF(SHA256(), 96, salt, b"expunge registry 1").derive(_master(secret, salt)), DEFAULT_TENANT, None)

    def _take(self, material: bytes, tenant: str, older: Keyring | None) -> None:
        self._material = material
        self._cipher = AESGCM(material[:32])
        self._hash_key = material[32:64]
        self._older = older
        self.check = hmac.digest(material[64:], b"key check", "sha256")
        self.tenant = tenant

    def of(self, tenant: str) -> Keyring:
        """The keys of a tenant; to be asked of the registry's own keys."""
        if tenant == self.tenant:
            return self
        keys = object.__new__(Keyring)
        info = b"expunge tenant 1\0" + tenant.encode()
        older = None if self._older is None else self._older.of(tenant)
        keys._take(HKDF(SHA256(), 96, None, info).derive(self._material), tenant, older)
        return keys

    def over(self, older: Keyring) -> Keyring:
        """These keys, which also open and find what `older` ones, about to be replaced, sealed and hashed."""
        keys = object.__new__(Keyring)
        keys._take(self._material, self.tenant, older)
        return keys

    @property
    def replacing(self) -> bool:
        """Whether some data may still be under older keys."""
        return self._older is not None

    @property
    def older(self) -> Keyring | None:
        """The keys that these are replacing, if they are."""
        return self._older

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt under a fresh random nonce; `context` names the record and is needed to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Decrypt.

        Raises:
            RegistryError: if the record was damaged, altered or moved.
        """
        plain = self._opened(sealed, context)
        if plain is None and self._older is not None:
            plain = self._older._opened(sealed, context)
        if plain is None:
            raise RegistryError("A record of the registry is damaged or was altered; restore a backup.")
        return plain

    def is_own(self, sealed: bytes, context: str) -> bool:
        """Whether data was sealed with these keys rather than older ones."""
        return self._opened(sealed, context) is not None

    def _opened(self, sealed: bytes, context: str) -> bytes | None:
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            return None

    def hash_name(self, name: str) -> bytes:
        """A keyed hash, equal for names that differ in case, width or white space only."""
        value = b"name\0" + normalise_name(name).encode("utf-8", "surrogatepass")
        return hmac.digest(self._hash_key, value, "sha256")[:_HASH_BYTES]

    def hashes_of(self, name: str) -> tuple[bytes, ...]:
        """Every hash under which a name may have been stored."""
        own = self.hash_name(name)
        return (own,) if self._older is None else (own, self._older.hash_name(name))

    def signing_seed(self) -> bytes:
        """The 32 bytes that the registry's signing key is made of."""
        return hmac.digest(self._hash_key, b"signing 1", "sha256")


def _master(secret: str, salt: bytes) -> bytes:
    secret = secret.strip()
    if not secret:
        raise ConfigError("The encryption key is empty; set EXPUNGE_KEY to a key, or unset it to use the key file.")
    if raw := _raw_key(secret):
        return raw
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(secret.encode("utf-8", "surrogatepass"))


def _raw_key(secret: str) -> bytes | None:
    """The 32 bytes that the secret spells in hexadecimal or (URL-safe) base64, or None for a passphrase."""
    if re.fullmatch(r"[0-9a-fA-F]{64}", secret):
        return bytes.fromhex(secret)
    if re.fullmatch(r"[A-Za-z0-9+/_-]{43}=?", secret):
        try:
            return base64.b64decode(secret.translate(str.maketrans("-_", "+/")).rstrip("=") + "=", validate=True)
        except binascii.Error:
            return None
    return None


def new_key() -> str:
    """A random key in hexadecimal."""
    return secrets.token_hex(32)


def read_key_file(path: Path) -> str:
    """The key in a key file.

    Raises:
        WrongKey: if the file is missing or holds no key.
    """
    keep_private(path)
    try:
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise WrongKey("The registry's key file is gone; put it back beside it, or set EXPUNGE_KEY.") from None
    except (OSError, UnicodeDecodeError):
        raise WrongKey("The registry's key file cannot be read; put back the right one, or set EXPUNGE_KEY.") from None
    if _raw_key(key) is None:
        raise WrongKey("The registry's key file holds no key; put back the right one, or set EXPUNGE_KEY.")
    return key


def make_key_file(path: Path) -> str:
    """The key in the key file, which is made, readable by its owner only, if it does not exist.

    Call it where only one process can be: whoever else looks finds a whole file or none.

    Raises:
        RegistryReadOnly: if it cannot be written.
        WrongKey: if there is one that holds no key.
    """
    if path.exists():
        return read_key_file(path)
    key = new_key()
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(key + "\n")
                file.flush()
                os.fsync(descriptor)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError:
        raise RegistryReadOnly(
            "The registry's key file cannot be written; make its folder writable, or set EXPUNGE_KEY."
        ) from None
    return key
