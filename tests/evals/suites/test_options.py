from __future__ import annotations

from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.suites.options import SuiteOptions


def test_a_suite_that_needs_data_says_so() -> None:
    assert SuiteOptions(data=Path("data")).folder == Path("data")
    with pytest.raises(UsageError, match="--data"):
        _ = SuiteOptions().folder
