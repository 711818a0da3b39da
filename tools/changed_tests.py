"""Prints the tests of what changed since the last commit, by the rule that tests mirror the source.

Those of `src/expunge/text/fold.py` are in `tests/text/test_fold.py`, and those of `benchmarks/soak.py` in
`tests/benchmarks/test_soak.py`; where there is no such file, they are all in the
folder that mirrors the module's. `make check` runs them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = Path("tests")
MIRRORED = {Path("src/expunge"): TESTS, Path("benchmarks"): TESTS / "benchmarks"}


def changed() -> list[Path]:
    """The files that are new or differ from the last commit, relative to the repository."""
    said = subprocess.run(
        ["git", "status", "--porcelain", "--no-renames", "--untracked-files=all", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(line[3:]) for line in said.stdout.split("\0") if line]


def tests_of(file: Path) -> Iterator[Path]:
    """The test files of one changed file."""
    sources = next((folder for folder in MIRRORED if file.suffix == ".py" and file.is_relative_to(folder)), None)
    if sources is None:
        if file.is_relative_to(TESTS) and file.name.startswith("test_") and (ROOT / file).is_file():
            yield file
        return
    mirrored = MIRRORED[sources] / file.relative_to(sources)
    own = mirrored.with_name(f"test_{file.name}")
    if (ROOT / own).is_file():
        yield own
    else:
        yield from (found.relative_to(ROOT) for found in (ROOT / mirrored.parent).glob("test_*.py"))


if __name__ == "__main__":
    for found in sorted({test for file in changed() for test in tests_of(file)}):
        print(found)
