"""Memory that is free again, given back to the system.

To load and lay out half a million facts takes a hundred megabytes for a while. The C library keeps what is freed in
small pieces for the process, which never needs so much again.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable


def _trim_of_c_library() -> Callable[[int], int] | None:
    """The C library's own call for it: glibc has one, others give back by themselves."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    return trim


_TRIM = _trim_of_c_library()


def give_back() -> None:
    """Give free memory back where the C library would keep it: some tens of milliseconds, in which others run."""
    if _TRIM is not None:
        _TRIM(0)
