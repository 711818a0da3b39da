"""A tenant's audit log as files that are checked anywhere, with a public key and nothing else.

A bundle is a folder: `audit.jsonl` (a record a line), `manifest.json` (counts, the SHA-256 of the records, and whether
the chain was whole when they were written; signed) and `public-key.pem`. Every byte of it counts: each file must be
exactly what is written here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from expunge.errors import UsageError
from expunge.reasons import reason_of
from expunge.registry.audit.chain import AuditVerdict, Problem
from expunge.registry.db.files import create_private
from expunge.registry.security.signing import PublicKey, Signer, is_signed_by
from expunge.version import __version__

RECORDS = "audit.jsonl"
MANIFEST = "manifest.json"
PUBLIC_KEY = "public-key.pem"
_FORMAT = "expunge audit bundle 1"


def write(
    folder: Path, rows: Iterable[Row[Any]], tenant: str, at: datetime, verdict: AuditVerdict, signer: Signer
) -> dict[str, Any]:
    """Write a bundle and return its manifest.

    Raises:
        UsageError: if the folder is there and not empty, or cannot be written.
    """
    digest = hashlib.sha256()
    count = 0
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError("The folder for the bundle is not empty; name a new one.")
        with create_private(folder / RECORDS) as file:
            for row in rows:
                line = _line(row)
                digest.update(line)
                file.write(line)
                count += 1
        manifest = signer.signed(
            {
                "format": _FORMAT,
                "tenant": tenant,
                "exported_at": at.isoformat(),
                "version": __version__,
                "records": count,
                "sha256": digest.hexdigest(),
                "head": verdict.head,
                "intact": verdict.intact,
                "problems": [problem.sentence for problem in verdict.problems],
            }
        )
        with create_private(folder / MANIFEST) as file:
            file.write(_written(manifest))
        (folder / PUBLIC_KEY).write_bytes(signer.public.pem.encode())
    except OSError as error:
        raise UsageError(f"The bundle {folder} cannot be written: {reason_of(error)}.") from None
    return manifest


def not_a_bundle(folder: Path) -> UsageError:
    """The error for what is no bundle, or is not there."""
    what = f"{folder} is no bundle of an audit log" if folder.exists() else f"There is no bundle {folder}"
    return UsageError(f"{what}; name the folder that `expunge audit export` wrote.")


def check(folder: Path, key: PublicKey) -> AuditVerdict:
    """Whether a bundle is what the owner of a public key wrote, and tells of a whole chain.

    Raises:
        UsageError: if it is no bundle or cannot be read.
    """
    try:
        manifest_bytes = (folder / MANIFEST).read_bytes()
        public = (folder / PUBLIC_KEY).read_bytes()
        names = {path.name for path in folder.iterdir()}
    except OSError:
        raise not_a_bundle(folder) from None
    problems: list[Problem] = []
    manifest = _manifest(manifest_bytes, key)
    if manifest is None:
        return AuditVerdict(0, "", (Problem(0, "The manifest was altered, or is signed with another key."),))
    if public != key.pem.encode():
        problems.append(Problem(0, "The public key in the bundle is not the one given."))
    if names - {RECORDS, MANIFEST, PUBLIC_KEY}:
        problems.append(Problem(0, "The bundle holds a file that does not belong to it."))
    problems += [Problem(0, sentence) for sentence in manifest["problems"]]
    count, found = _records(folder / RECORDS, manifest["sha256"])
    problems += found
    if count != manifest["records"]:
        problems.append(
            Problem(count, f"The bundle holds {count:,} records where {manifest['records']:,} were written.")
        )
    return AuditVerdict(count, manifest["head"], tuple(problems))


def _records(file: Path, expected: str) -> tuple[int, list[Problem]]:
    digest = hashlib.sha256()
    problems: list[Problem] = []
    count = last = 0
    try:
        with file.open("rb") as lines:
            for line in lines:
                digest.update(line)
                count += 1
                if not problems and (sentence := _fault(line, last)):
                    problems.append(Problem(last + 1, sentence))
                last += 1
    except OSError:
        raise UsageError("The bundle's records cannot be read; check its folder.") from None
    if digest.hexdigest() != expected and not problems:
        problems.append(Problem(0, "The records were altered."))
    return count, problems


def _fault(line: bytes, last: int) -> str:
    """Return the fault of a line that follows record `last`, or ""; the file's digest shows what this misses."""
    try:
        record = json.loads(line)
        if record["number"] != last + 1:
            return f"Record {last + 1:,} is missing or out of place."
        body = record["body"]
        if body is not None and hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest() != record["digest"]:
            return f"The body of record {last + 1:,} was altered."
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return f"Record {last + 1:,} was altered."
    return ""


def _manifest(data: bytes, key: PublicKey) -> dict[str, Any] | None:
    try:
        manifest = json.loads(data)
        if manifest["format"] != _FORMAT or _written(manifest) != data or not is_signed_by(manifest, key):
            return None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return dict(manifest)


def _line(row: Row[Any]) -> bytes:
    return _written(
        {
            "number": row.number,
            "at": row.at,
            "kind": row.kind,
            "body": None if row.body is None else bytes(row.body).decode("utf-8", "replace"),
            "digest": bytes(row.digest).hex(),
            "link": bytes(row.link).hex(),
        }
    )


def _written(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()
