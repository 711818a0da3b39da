"""Whether a certificate is what was signed: offline, with the public key."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expunge.certificate.document import FORMAT
from expunge.certificate.page import data_of, page
from expunge.errors import UsageError
from expunge.reasons import unreadable
from expunge.registry.security.signing import PublicKey, is_signed_by
from expunge.version import __version__

MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check: whether the certificate holds, a sentence on why or why not, its content, and the key that
    it was held against in the end."""

    holds: bool
    sentence: str
    document: dict[str, Any]
    key: PublicKey


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it was read: the file's content, and the data in it."""

    content: str
    document: dict[str, Any]


def read(path: Path) -> Certificate:
    """Read a certificate's JSON file, or its page.

    Raises:
        UsageError: if the file cannot be read or is no certificate.
    """
    content = _content(path)
    return Certificate(content, _document(content))


def check(path: Path, key: PublicKey, former: Iterable[PublicKey] = ()) -> Checked:
    """Check a certificate's JSON file, or its page, with a public key, or one that the issuer had before.

    A page holds only if it shows its own data, byte for byte as this version of expunge writes them.

    Raises:
        UsageError: if the file cannot be read or is no certificate.
    """
    certificate = read(path)
    for one in (key, *former):
        if is_signed_by(certificate.document, one):
            return _held(certificate, one, current=one == key)
    return Checked(False, _why_not(certificate.document, key), certificate.document, key)


def _why_not(document: dict[str, Any], key: PublicKey) -> str:
    try:
        named = PublicKey.of_document(document)
    except UsageError:
        return "The signature does not fit: it was changed since it was signed, or is not signed at all."
    if named != key and is_signed_by(document, named):
        return (
            f"It was signed with another key (fingerprint {named.fingerprint}) than the one that it is checked with "
            f"(fingerprint {key.fingerprint}). If that is the issuer's, from before a change of the registry's key, "
            "check it with --public-key and the public key of that time."
        )
    return "The signature does not fit: it was changed since it was signed."


def _held(certificate: Certificate, key: PublicKey, *, current: bool) -> Checked:
    """Return the result for a certificate whose data bear a key's signature."""
    content, document = certificate.content, certificate.document
    since = "" if current else " It was made with a key that the registry had before its present one."
    if not content.lstrip().startswith("<"):
        return Checked(True, f"The signature fits: nothing was changed since it was signed.{since}", document, key)
    if document.get("expunge") != __version__:
        made = str(document.get("expunge"))[:20]
        return Checked(
            False,
            f"The data in the page are genuine, but expunge {made} wrote the page and this is {__version__}: what it "
            "shows cannot be compared with them. Check it with that version, or check the JSON file.",
            document,
            key,
        )
    if page(document, key) != content:
        return Checked(False, "The data in the page are genuine, but what the page shows was changed.", document, key)
    return Checked(True, f"The signature fits, and the page shows what was signed.{since}", document, key)


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError("The file is too large for a certificate; name the .html or .json file of one.")
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(unreadable(path, error)) from None
    except UnicodeDecodeError:
        raise UsageError("The file is not UTF-8 text; name the .html or .json file of a certificate.") from None


def _document(content: str) -> dict[str, Any]:
    if content.lstrip().startswith("<"):
        found: object = data_of(content)
    else:
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UsageError("The file is no certificate; name the .html or .json file that expunge verify wrote.")
    return found
