"""Whether a certificate is what was signed: offline, with the public key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expunge.errors import UsageError
from expunge.evals.certificate.document import FORMAT
from expunge.evals.certificate.page import data_of, page
from expunge.registry.signing import PublicKey, is_signed_by
from expunge.version import __version__

MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: whether the certificate holds, one sentence on why or why not, and what it says."""

    holds: bool
    sentence: str
    document: dict[str, Any]


def check(path: Path, key: PublicKey) -> Checked:
    """Check a certificate's JSON file, or its page, with a public key.

    A page holds only if it shows its own data, byte for byte as this version of expunge writes them.

    Raises:
        UsageError: if the file cannot be read or is no certificate.
    """
    content = _content(path)
    document = _document(content)
    if not is_signed_by(document, key):
        return Checked(False, "The signature does not fit: it was changed, or signed with another key.", document)
    if not content.lstrip().startswith("<"):
        return Checked(True, "The signature fits: nothing was changed since it was signed.", document)
    if document.get("expunge") != __version__:
        made = str(document.get("expunge"))[:20]
        return Checked(
            False,
            f"The data in the page are genuine, but expunge {made} wrote the page and this is {__version__}: what it "
            "shows cannot be compared with them. Check it with that version, or check the JSON file.",
            document,
        )
    if page(document, key) != content:
        return Checked(False, "The data in the page are genuine, but what the page shows was changed.", document)
    return Checked(True, "The signature fits, and the page shows what was signed.", document)


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError("The file is too large for a certificate; name the .html or .json file of one.")
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"The certificate cannot be read ({type(error).__name__}); check its path.") from None
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
