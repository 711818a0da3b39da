from __future__ import annotations

from benchmarks.console import PageTime, console_table, measure_console
from tests.bench.reading import text_of


async def test_every_page_comes() -> None:
    found = await measure_console(30, rounds=2, tick=lambda what, done, total: None)
    assert {page.page for page in found} >= {"the list", "a target", "search: a whole name", "due"}
    assert all(0 < page.median_ms <= page.longest_ms for page in found)


def test_the_table_names_the_pages() -> None:
    assert "12.5" in text_of(console_table(30, [PageTime("the list", 40.0, 12.5, 13.0)]))
