from __future__ import annotations

import pytest

from expunge.agents.rules.structured import Judge, erase_block, erase_lines
from expunge.text.segment import LineKind

JUDGE = Judge(
    names=lambda text: "Vell" in text,
    tells=lambda text: "frozen delta" in text,
    others=lambda text: "Kahn" in text or "Lenz" in text,
    erase=lambda text: text if "Vell" not in text and "frozen delta" not in text else None,
)


def _block(kind: LineKind, text: str, gentle: bool = True) -> str:
    rows = erase_block(kind, text.split("\n"), JUDGE, gentle=gentle)
    return "\n".join(row for row in rows if row is not None)


def _lines(text: str) -> str:
    return "\n".join(row for row in erase_lines(text.split("\n"), JUDGE) if row is not None)


@pytest.mark.parametrize(
    ("gentle", "expected"),
    [
        (True, "| Name | Wife |\n|---|---|\n| Kahn | — |\n| Lenz | none |"),
        (False, "| Name | Wife |\n|---|---|\n| Lenz | none |"),
    ],
)
def test_a_cell_is_emptied_or_its_row_dropped(gentle: bool, expected: str) -> None:
    table = "| Name | Wife |\n|---|---|\n| Kahn | Vell |\n| Lenz | none |\n| Vell | no |"
    assert _block(LineKind.ROW, table, gentle) == expected


def test_a_row_whose_number_comes_before_the_name_goes() -> None:
    table = "| Place | Name |\n|---|---|\n| 1 | Kahn |\n| 2 | Vell |"
    assert _block(LineKind.ROW, table) == "| Place | Name |\n|---|---|\n| 1 | Kahn |"


def test_a_column_goes_whole() -> None:
    table = "| | Kahn | Vell |\n|---|---|---|\n| Job | baker | poet |"
    assert _block(LineKind.ROW, table) == "| | Kahn |\n|---|---|\n| Job | baker |"


def test_a_table_about_the_target_alone_goes() -> None:
    assert _block(LineKind.ROW, "| Name | Job |\n|---|---|\n| Vell | poet |") == ""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1  # by Vell", "x = 1"),
        ("x = 1  # of the frozen delta", "x = 1"),
        ("# by Vell\nx = 1", "x = 1"),
        ('names = ["Kahn", "Vell"]', 'names = ["Kahn"]'),
        ('names = [\n  "Kahn",\n  "Vell",\n]', 'names = [\n  "Kahn",\n]'),
        ("vell = Vell()\ny = 2", "y = 2"),
        ('url = "a#Vell"', ""),
        (
            'P = {\n    "Kahn": {\n        "job": "baker",\n    },\n    "Vell": {\n        "job": "poet",\n    },\n}',
            'P = {\n    "Kahn": {\n        "job": "baker",\n    },\n}',
        ),
        ("INSERT INTO p VALUES\n('Kahn', 1),\n('Vell', 2);", "INSERT INTO p VALUES\n('Kahn', 1);"),
        ("\\author{Kahn\n  \\and Vell\n  \\and Lenz}", "\\author{Kahn\n  \\and Lenz}"),
        ("\\author{Kahn\n  \\and Vell}\n\\begin{x}", "\\author{Kahn}\n\\begin{x}"),
    ],
)
def test_code(code: str, expected: str) -> None:
    assert _block(LineKind.FENCE, f"```py\n{code}\n```") == (f"```py\n{expected}\n```" if expected else "")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("name;job\nKahn;baker\nVell;poet\nLenz;clerk", "name;job\nKahn;baker\nLenz;clerk"),
        (
            "people:\n  - name: Kahn\n    job: baker\n  - name: Vell\n    job: poet\nsize: 2",
            "people:\n  - name: Kahn\n    job: baker\nsize: 2",
        ),
        ("former:\n  - name: Vell\n    job: poet\nsize: 2", "size: 2"),
        ("- name: Kahn\n  sister: Vell\n  job: baker", "- name: Kahn\n  job: baker"),
        ("a: 1   # as Vell said\nb: 2", "a: 1\nb: 2"),
        (
            "<item>\n  <author>Kahn</author>\n</item>\n<item>\n  <title>Odes</title>\n  <author>Vell</author>\n</item>",
            "<item>\n  <author>Kahn</author>\n</item>",
        ),
        (
            "<div>\n  <h3>Kahn</h3>\n  <p>Of the frozen delta.\n</div>\n<div>\n  <h3>Lenz</h3>\n</div>",
            "<div>\n  <h3>Kahn</h3>\n</div>\n<div>\n  <h3>Lenz</h3>\n</div>",
        ),
        ("a: 1\nb: 2", "a: 1\nb: 2"),
    ],
)
def test_data_and_markup(data: str, expected: str) -> None:
    assert _lines(data) == expected


def test_a_block_with_nothing_left_goes_with_its_fence() -> None:
    assert _block(LineKind.FENCE, "```\nVell\n```") == ""


def test_json_in_a_fence_stays_valid() -> None:
    text = '```json\n{"people": ["Kahn", "Vell"]}\n```'
    assert _block(LineKind.FENCE, text) == '```json\n{"people": ["Kahn"]}\n```'
