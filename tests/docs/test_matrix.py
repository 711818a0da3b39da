"""`docs/matrix.md` shows the cells and faults that tests go through today, all of them passed."""

from __future__ import annotations

from tests.gateway.matrix.page import ALL_PASSED, PAGE, written


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(ALL_PASSED), "run: python -m tests.gateway.matrix.page"


def test_a_cell_that_failed_or_was_not_tried_shows() -> None:
    failed, untried, *_ = ALL_PASSED
    page = written({**{cell: True for cell in ALL_PASSED if cell != untried}, failed: False})
    assert page.count("**fails**") == 1
    assert page.count("**untested**") == 1
