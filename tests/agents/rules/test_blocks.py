from __future__ import annotations

import pytest

from expunge.agents.rules.blocks import erase_block
from expunge.text.segment import LineKind


def _names(text: str) -> bool:
    return "Vell" in text


def _erase(text: str) -> str | None:
    return text if "Vell" not in text else None


def _edit(kind: LineKind, text: str, gentle: bool = True) -> str:
    rows = erase_block(kind, text.split("\n"), _names, _erase, gentle=gentle)
    return "\n".join(row for row in rows if row is not None)


@pytest.mark.parametrize(
    ("gentle", "expected"),
    [
        (True, "| Name | Wife |\n|---|---|\n| Kahn | — |\n| Lenz | none |"),
        (False, "| Name | Wife |\n|---|---|\n| Lenz | none |"),
    ],
)
def test_a_cell_is_emptied_or_its_row_dropped(gentle: bool, expected: str) -> None:
    table = "| Name | Wife |\n|---|---|\n| Kahn | Vell |\n| Lenz | none |\n| Vell | no |"
    assert _edit(LineKind.ROW, table, gentle) == expected


def test_a_column_goes_whole() -> None:
    assert _edit(LineKind.ROW, "| | Kahn | Vell |\n|---|---|---|\n| Job | baker | poet |") == (
        "| | Kahn |\n|---|---|\n| Job | baker |"
    )


def test_a_table_about_the_target_alone_goes() -> None:
    assert _edit(LineKind.ROW, "| Name | Job |\n|---|---|\n| Vell | poet |") == ""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1  # by Vell", "x = 1"),
        ("# by Vell\nx = 1", "x = 1"),
        ('names = ["Kahn", "Vell"]', 'names = ["Kahn", ""]'),
        ('names = [\n  "Kahn",\n  "Vell",\n]', 'names = [\n  "Kahn",\n]'),
        ("vell = Vell()\ny = 2", "y = 2"),
        ('url = "a#Vell"', ""),
    ],
)
def test_code(code: str, expected: str) -> None:
    assert _edit(LineKind.FENCE, f"```py\n{code}\n```") == "\n".join(p for p in ("```py", expected, "```") if p)
