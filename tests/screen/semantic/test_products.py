from __future__ import annotations

import numpy as np
import pytest

from expunge.screen.semantic.products import products


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 64])
def test_each_is_multiplied_by_each(count: int) -> None:
    draw = np.random.default_rng(count)
    few = draw.normal(size=(count, 24)).astype(np.float32)
    many = draw.normal(size=(50, 24)).astype(np.float32)
    found = products(few, many)
    assert found.shape == (count, 50)
    assert found.dtype == np.float32
    assert np.allclose(found, few @ many.T, atol=1e-5)


def test_none_of_many() -> None:
    assert products(np.ones((2, 3), dtype=np.float32), np.ones((0, 3), dtype=np.float32)).shape == (2, 0)
