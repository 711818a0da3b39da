"""Why a file cannot be read or written, in words that name it and say what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_REASONS = {
    errno.ENOENT: "its folder does not exist; make it first",
    errno.EACCES: "you have no permission to; change its permissions",
    errno.EPERM: "you have no permission to; change its permissions",
    errno.EISDIR: "it is a folder; name a file",
    errno.ENOTDIR: "a part of its path is no folder; check the path",
    errno.EEXIST: "something of that name is there already; name another",
    errno.ENOSPC: "the disk is full; make room",
    errno.EDQUOT: "the disk is full; make room",
    errno.EROFS: "the disk is read-only; name another place",
    errno.ENAMETOOLONG: "its name is too long; shorten it",
    errno.ELOOP: "it is a link to itself; check it",
}


def reason_of(error: OSError | UnicodeDecodeError) -> str:
    """Why, as the end of a sentence."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text; convert it first"
    known = _REASONS.get(error.errno or 0)
    if known is not None:
        return known
    return f"the system says {os.strerror(error.errno).lower()!r}" if error.errno else "the system does not say why"


def unreadable(path: str | Path, error: OSError | UnicodeDecodeError) -> str:
    """A sentence on a file that cannot be read."""
    if isinstance(error, FileNotFoundError):
        return f"There is no file {path}; check its path."
    return f"The file {path} cannot be read: {reason_of(error)}."


def unwritable(path: str | Path, error: OSError) -> str:
    """A sentence on a file that cannot be written."""
    return f"The file {path} cannot be written: {reason_of(error)}."
