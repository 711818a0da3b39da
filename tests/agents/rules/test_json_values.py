from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunge.agents.rules.json_values import erase_json


def _erase(value: str) -> str | None:
    if "Vell" not in value:
        return value
    left = value.replace("Vell.", "").strip()
    return left if left and "Vell" not in left else None


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.just("Vell"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just("Vell"), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(_VALUES, st.sampled_from([None, 1, 2]))
def test_stays_valid_and_loses_the_name(value: object, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    edited = erase_json(text, _erase)
    assert edited is not None
    if edited.text:
        assert "Vell" not in json.dumps(json.loads(edited.text))
    if "Vell" not in text:
        assert edited.text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('["Kahn", "Vell", "Lenz"]', '["Kahn", "Lenz"]'),
        ('["Vell"]', "[]"),
        ('["Kahn. Vell.", 1]', '["Kahn.", 1]'),
        ('["Vell", "She sings.", "Kahn bakes."]', '["Kahn bakes."]'),
        ('{"a": 1, "Vell": {"b": 2}, "c": 3}', '{"a": 1, "c": 3}'),
        ('{"Vell": 1, "c": 3}', '{"c": 3}'),
        ('{"Vell": 1}', "{}"),
        ('{"sister": {"name": "Vell", "x": 1}, "y": 2}', '{"sister": null, "y": 2}'),
        ('{"x": "Vell"}', ""),
        ('{"y": 2, "x": "Vell"}', '{"y": 2, "x": null}'),
        ('{"y" :  2,\n\t"x":[ 1 ,2 ]}', '{"y" :  2,\n\t"x":[ 1 ,2 ]}'),
    ],
)
def test_edits(text: str, expected: str) -> None:
    edited = erase_json(text, _erase)
    assert edited is not None
    assert edited.text == expected


@pytest.mark.parametrize("text", ["", "[", "{", '{"a"}', "[1,]", "[1] x", "{a: 1}", '["\\x"]', "[" * 100])
def test_no_json(text: str) -> None:
    assert erase_json(text, _erase) is None
