from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from expunge.reasons import reason_of, unreadable, unwritable


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (errno.EACCES, "The file a/b.csv cannot be read: permission is denied; change its permissions."),
        (errno.EISDIR, "The file a/b.csv cannot be read: it is a folder; name a file."),
        (errno.ENOENT, "There is no file a/b.csv; check its path."),
        (errno.EIO, "The file a/b.csv cannot be read: the system says"),
        (0, "The file a/b.csv cannot be read: the system gives no reason."),
    ],
)
def test_what_cannot_be_read(code: int, says: str) -> None:
    error = OSError(code, os.strerror(code)) if code else OSError()
    assert unreadable(Path("a/b.csv"), error).startswith(says)


def test_what_is_not_text() -> None:
    with pytest.raises(UnicodeDecodeError) as raised:
        b"\xff".decode()
    assert reason_of(raised.value) == "it is not UTF-8 text; convert it first"


def test_what_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "none" / "x.txt"
    with pytest.raises(FileNotFoundError) as raised:
        path.write_text("x")
    assert unwritable(path, raised.value) == (
        f"The file {path} cannot be written: its folder does not exist; make it first."
    )
