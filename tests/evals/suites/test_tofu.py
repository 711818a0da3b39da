from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.suites import tofu


def test_parts_and_targets(tofu_folder: Path) -> None:
    suite = tofu.load(tofu_folder)
    assert [target.name for target in suite.targets] == ["Odo Brackwell", "Ilse Vantongeren"]
    assert Counter((case.part, case.forget) for case in suite.cases) == {
        ("forget", True): 4,
        ("forget paraphrased", True): 4,
        ("retain", False): 1,
        ("retain paraphrased", False): 1,
        ("real authors", False): 1,
        ("world facts", False): 1,
    }
    assert suite.cases[0].spans == ("tame otter",)
    assert "forget10" in suite.title


def test_another_split(tofu_folder: Path) -> None:
    assert [target.name for target in tofu.load(tofu_folder, split="forget01").targets] == ["Ilse Vantongeren"]
    with pytest.raises(UsageError, match="no such split"):
        tofu.load(tofu_folder, split="retain90")


@pytest.mark.parametrize("file", ["forget10", "retain", "real_authors", "world_facts"])
def test_half_of_the_data(tofu_folder: Path, file: str) -> None:
    (tofu_folder / "tofu" / f"{file}_perturbed.jsonl").unlink()
    with pytest.raises(UsageError, match=f"{file}_perturbed.jsonl is missing"):
        tofu.load(tofu_folder)
