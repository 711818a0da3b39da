"""Explain why a file cannot be read or written, and what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_REASONS = {
    errno.ENOENT: "its folder does not exist; make it first",
    errno.EACCES: "permission is denied; change its permissions",
    errno.EPERM: "permission is denied; change its permissions",
    errno.EISDIR: "it is a folder; name a file",
    errno.ENOTDIR: "part of its path is not a folder; check the path",
    errno.EEXIST: "something with that name exists already; choose another",
    errno.ENOSPC: "the disk is full; make room",
    errno.EDQUOT: "the disk is full; make room",
    errno.EROFS: "the disk is read-only; choose another place",
    errno.ENAMETOOLONG: "its name is too long; shorten it",
    errno.ELOOP: "it is a link to itself; check it",
}


def reason_of(error: OSError | UnicodeDecodeError) -> str:
    """Return the reason, as the end of a sentence."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text; convert it first"
    known = _REASONS.get(error.errno or 0)
    if known is not None:
        return known
    return f"the system says {os.strerror(error.errno).lower()!r}" if error.errno else "the system gives no reason"


def unreadable(path: str | Path, error: OSError | UnicodeDecodeError) -> str:
    """Return a sentence about a file that cannot be read."""
    if isinstance(error, FileNotFoundError):
        return f"There is no file {path}; check its path."
    return f"The file {path} cannot be read: {reason_of(error)}."


def unwritable(path: str | Path, error: OSError) -> str:
    """Return a sentence about a file that cannot be written."""
    return f"The file {path} cannot be written: {reason_of(error)}."
