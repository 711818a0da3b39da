from __future__ import annotations

from expunge.cli.reference import PAGE, render


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run `make docs`"


def test_the_page_names_commands_arguments_and_options() -> None:
    page = render()
    for part in ("## expunge targets add", "`--expires` DATE", "entity \\| topic", "`QUESTION`", "## expunge bench"):
        assert part in page
