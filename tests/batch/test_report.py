from __future__ import annotations

from expunge.batch.parts import Counts
from expunge.batch.report import FileReport, Report


def test_files_and_their_sum() -> None:
    files = [
        FileReport("a.txt", Counts(3, 2, 1, 1, 1, 1, {"t_1": 2}), 2, 1),
        FileReport("b.txt", Counts(1, 0, 0, 1), 1, 0),
    ]
    report = Report(7, "local", 2, False, True, ("text",), files, ("c.png",), 1.23456).as_json()
    assert report == {
        "revision": 7,
        "engine": "local",
        "workers": 2,
        "dry_run": False,
        "drop_rows": True,
        "columns": ["text"],
        "texts": 4,
        "rows": 4,
        "changed": 2,
        "emptied": 1,
        "passed": 2,
        "rewritten": 1,
        "refused": 1,
        "targets": {"t_1": 2},
        "files": [
            {"file": "a.txt", "rows": 3, "changed": 2, "emptied": 1, "passed": 1, "rewritten": 1, "refused": 1,
             "targets": {"t_1": 2}, "parts": 2, "resumed": 1},
            {"file": "b.txt", "rows": 1, "changed": 0, "emptied": 0, "passed": 1, "rewritten": 0, "refused": 0,
             "targets": {}, "parts": 1, "resumed": 0},
        ],
        "skipped": ["c.png"],
        "pending": {"facts": 0, "targets": 0},
        "seconds": 1.235,
    }  # fmt: skip
