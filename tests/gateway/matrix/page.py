"""Writes `docs/matrix.md` from the outcome of the matrix's tests: `python -m tests.gateway.matrix.page`."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.gateway.matrix.cells import ABSENT, CELLS, FEATURES, WAYS

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "matrix.md"
TESTS = ROOT / "tests" / "gateway" / "matrix"
FAULTS = TESTS / "test_faults_of_other_gateways.py"
_ID = re.compile(r"\[(?P<endpoint>[\w/]+) \| (?P<way>\w+) \| (?P<feature>.+)\]$")
ENDPOINTS = tuple(dict.fromkeys(cell.endpoint for cell in CELLS))
Outcomes = Mapping[tuple[str, str, str], bool]
ALL_PASSED: Outcomes = {(cell.endpoint, way, cell.feature): True for cell in CELLS for way in WAYS}
HEAD = """# What is served, and tested

Each ✓ is a cell that tests go through, in `tests/gateway/matrix/`:

- a reply about nobody reaches the client byte for byte, and the request reaches the model as it came;
- a reply that tells of a target in that channel leaves without it, in a form that the types of the API's SDK accept;
- streams are tried in both modes, `"buffered"` and `"incremental"`.

This page is written from the outcome of those tests, by `python -m tests.gateway.matrix.page`, and another test keeps
it up to date.
"""
MEANING = {
    "text": "the visible answer",
    "tools": "the arguments of a call",
    "reasoning": "the model's thoughts or their summary",
    "JSON": "an answer that a schema demands; what leaves still validates",
    "n > 1": "the second of two answers; the first stays as it is",
    "log-probabilities": "a token that was not chosen",
    "images in": "the answer to a question with a picture, which reaches the model unchanged",
    "refusal": "the answer to a question about a target: status 200, words, and no field that marks it",
}


class _Outcomes:
    """Collects which cells passed in a run of pytest."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str, str], bool] = defaultdict(lambda: True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = _ID.search(report.nodeid)
        if found is not None and (report.when == "call" or not report.passed):
            cell = (found["endpoint"], found["way"], found["feature"])
            self.cells[cell] = self.cells[cell] and report.passed


def written(outcomes: Outcomes) -> str:
    """Return the page for these outcomes; a cell without an outcome is untested."""
    rows = ["| | " + " | ".join(FEATURES) + " |", "| --- |" + " --- |" * len(FEATURES)]
    rows += [
        f"| `/v1/{endpoint}`, {way} | " + " | ".join(_mark(outcomes, endpoint, way, f) for f in FEATURES) + " |"
        for endpoint in ENDPOINTS
        for way in WAYS
    ]
    reasons = [
        f"- `/v1/{endpoint}`: "
        + "; ".join(f"{feature}: {why}" for (at, feature), why in ABSENT.items() if at == endpoint)
        for endpoint in dict.fromkeys(at for at, _ in ABSENT)
    ]
    faults = re.findall(
        r'^async def test_(\w+)\(.*?"""(.+?)"""', FAULTS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return "\n".join(
        (
            HEAD,
            *rows,
            "",
            "Where the text stands in each column:",
            "",
            *(f"- **{feature}**: {MEANING[feature]}" for feature in FEATURES),
            "",
            "Features that an API does not have (–):",
            "",
            *reasons,
            "",
            "## Faults of other gateways",
            "",
            "Users of some gateway reported each of these. Each is a test of that name.",
            "",
            *(f"- {name.replace('_', ' ')}: {_one_line(told)}" for name, told in faults),
            "",
        )
    )


def _mark(outcomes: Outcomes, endpoint: str, way: str, feature: str) -> str:
    if (endpoint, feature) in ABSENT:
        return "–"
    return {True: "✓", False: "**fails**", None: "**untested**"}[outcomes.get((endpoint, way, feature))]


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def main() -> int:
    """Run the tests of the matrix and write the page; returns pytest's exit status."""
    outcomes = _Outcomes()
    status = pytest.main(["-q", str(TESTS)], plugins=[outcomes])
    PAGE.write_text(written(dict(outcomes.cells)), encoding="utf-8")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
