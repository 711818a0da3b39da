"""TOFU (arXiv 2401.06121): fictitious authors to forget, and everybody and everything else to keep."""

from __future__ import annotations

from pathlib import Path

from expunge.evals.cases import Suite
from expunge.evals.data import Facts, load_tofu
from expunge.evals.suites.asking import cases_of, targets_of


def load(data: Path, *, split: str = "forget10", facts: Facts = "given") -> Suite:
    """The authors of a split, their questions and paraphrases, and all four sets of questions to keep.

    Raises:
        UsageError: if the split is unknown, or a file is missing or malformed.
    """
    found = load_tofu(data, split)
    return Suite("tofu", f"TOFU, {split}", targets_of(found.targets, facts), cases_of(found.questions))
