from __future__ import annotations

from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.suites import rwku
from expunge.types import Fact


def test_parts_and_targets(data_folder: Path) -> None:
    suite = rwku.load(data_folder)
    (target,) = suite.targets
    assert target.name == "Ilse Vantongeren, Countess of Orrin"
    assert target.facts == (
        Fact("Ilse Vantongeren was born in Orrin."),
        Fact("A ketch", "Which boat does Ilse sail?"),
    )
    assert [(case.part, case.forget, case.gold) for case in suite.cases] == [
        ("level 1", True, "Orrin"),
        ("level 2", True, "A ketch"),
        ("level 3 unnamed", True, "Ilse Vantongeren"),
        ("neighbours 1", False, "Black Sea"),
    ]


def test_names_alone(data_folder: Path) -> None:
    assert [target.facts for target in rwku.load(data_folder, facts="none").targets] == [()]


def test_a_file_is_missing(data_folder: Path) -> None:
    (data_folder / "rwku" / "neighbor_level2.jsonl").unlink()
    with pytest.raises(UsageError, match=r"rwku/neighbor_level2\.jsonl is missing"):
        rwku.load(data_folder)
