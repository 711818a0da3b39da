from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from expunge.corpus.parts import Counts, Kind, Part, PartDone
from expunge.corpus.spool import Spool, locked
from expunge.errors import UsageError

PART = Part(0, Path("x"), Kind.LINES, 0, 0, 0, 1)


def filled(folder: Path, *data: bytes) -> Spool:
    spool = Spool(folder, "k", "f")
    for number, piece in enumerate(data):
        spool.append(PartDone(PART, piece, Counts(rows=number, targets={"t": 1}), frozenset({"a"})))
    spool.close()
    return spool


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    filled(tmp_path, b"one", b"", b"three")
    spool = Spool(tmp_path, "k", "f")
    assert [entry.counts for entry in spool.entries] == [Counts(rows=n, targets={"t": 1}) for n in range(3)]
    assert spool.entries[0].columns == {"a"}
    assert [spool.result(number) for number in range(3)] == [b"one", b"", b"three"]
    spool.append(PartDone(PART, b"four", Counts(), frozenset()))
    spool.close()
    assert spool.path.read_bytes() == b"onethreefour"
    spool.discard()
    assert list(tmp_path.iterdir()) == []


def test_another_fingerprint_begins_anew(tmp_path: Path) -> None:
    filled(tmp_path, b"one")
    spool = Spool(tmp_path, "k", "other")
    assert spool.entries == []
    assert spool.path.read_bytes() == b""


@pytest.mark.parametrize(
    ("harm", "left"),
    [
        (lambda journal, data: journal[:-1], 1),
        (lambda journal, data: journal + b'{"length": 9', 2),
        (lambda journal, data: journal + b"\xff\n", 2),
        (lambda journal, data: b"", 0),
    ],
    ids=["torn line", "half a line more", "noise", "no journal"],
)
def test_a_torn_journal_counts_up_to_the_tear(tmp_path: Path, harm: Callable[[bytes, bytes], bytes], left: int) -> None:
    filled(tmp_path, b"one", b"two")
    journal, data = tmp_path / "k.journal", tmp_path / "k.part"
    journal.write_bytes(harm(journal.read_bytes(), data.read_bytes()))
    assert len(Spool(tmp_path, "k", "f").entries) == left
    assert data.read_bytes() == b"onetwo"[: 3 * left]
    # What was cut off is gone for good.
    assert len(filled(tmp_path, b"new").entries) == left + 1


@pytest.mark.parametrize(("data", "left"), [(b"onetw", 1), (b"onetwothree", 2), (b"oneTwo", 1), (b"", 0)])
def test_bytes_that_are_not_those_of_the_journal(tmp_path: Path, data: bytes, left: int) -> None:
    filled(tmp_path, b"one", b"two")
    (tmp_path / "k.part").write_bytes(data)
    assert len(Spool(tmp_path, "k", "f").entries) == left


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot be written"), locked(tmp_path / "file"):
        pass
    with pytest.raises(UsageError, match="cannot be written"):
        Spool(tmp_path / "file", "k", "f")


def test_one_run_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with locked(folder), pytest.raises(UsageError, match="Another run"), locked(folder):
        pass
    assert not folder.exists()
    with locked(folder):
        (folder / "kept").write_bytes(b"")
    assert [path.name for path in folder.iterdir()] == ["kept"]
