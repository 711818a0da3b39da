from __future__ import annotations

from tests.bench.conftest import by_rules

__all__ = ["by_rules"]
