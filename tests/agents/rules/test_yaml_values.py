from __future__ import annotations

import pytest
import yaml

from expunge.agents.rules.yaml_values import erase_yaml


def _erase(text: str) -> str | None:
    return text if "Vell" not in text else text.replace(" and Vell", "") if " and Vell" in text else None


def _erased(text: str) -> str | None:
    rows = erase_yaml(text.split("\n"), _erase)
    return None if rows is None else "\n".join(row for row in rows if row is not None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  - name: Kahn\n    job: b\n  - name: Vell\n    job: c\nd: 1", "a:\n  - name: Kahn\n    job: b\nd: 1"),
        ("a:\n- name: Vell\n  job: c\n- name: Kahn\nd: 1", "a:\n- name: Kahn\nd: 1"),
        ("a:\n  b:\n    name: Vell\n    job: c\n  d:\n    name: Kahn", "a:\n  d:\n    name: Kahn"),
        ("by: Vell\nd:\n  name: Kahn\n  job: e", "d:\n  name: Kahn\n  job: e"),
        ("Vell:\n  job: c\n\nKahn:\n  job: b", "Kahn:\n  job: b"),
        ("a:\n  - Kahn\n  - Vell\nb: 1", "a:\n  - Kahn\nb: 1"),
        ("a:\n  - Vell\nb: 1", "b: 1"),
        ("a: [Kahn, Vell, Lenz]\nb:\n  c: 1", "a: [Kahn, Lenz]\nb:\n  c: 1"),
        ("a: [Vell]\nb:\n  c: 1", "b:\n  c: 1"),
        ("a:\n  - name: Kahn\n    wife: Vell\n    job: b", "a:\n  - name: Kahn\n    job: b"),
        ("a:\n  - year: 1990\n    by: Vell\n  - year: 1991\n    by: Kahn", "a:\n  - year: 1991\n    by: Kahn"),
        ("a:\n  - wife: of Vell, the poet who lived in a house by the sea and wrote of it in letters home to her aunt\n"
         "    name: Kahn\n    job: b", "a:\n  - name: Kahn\n    job: b"),
        ("a: Kahn and Vell\nb:\n  c: 1", 'a: "Kahn"\nb:\n  c: 1'),
        ("a:\n  c: |\n    by Vell\n    and more\n  d: 1", "a:\n  d: 1"),
        ("a:\n  c: 1  # by Vell\n  d: 2", "a:\n  c: 1\n  d: 2"),
        ("# of Vell\na:\n  c: 1", "a:\n  c: 1"),
        ("name: Vell\nborn: 1931\nworks:\n  - a", ""),
        ("list:\n\na:\n  name: Vell\n  job: b", ""),
        ("a: 1\nb:\n  c: 2", "a: 1\nb:\n  c: 2"),
    ],
)  # fmt: skip
def test_what_is_a_targets_goes(text: str, expected: str) -> None:
    erased = _erased(text)
    assert erased == expected
    yaml.safe_load(expected)


def test_what_is_no_yaml_is_left_to_others() -> None:
    assert _erased("def a():\n    return Vell") is None
