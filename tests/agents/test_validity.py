from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from expunge.agents.validity import broken, is_yaml, yaml_runs

YAML = """\
# A comment
project: nimbo
flags: [-O2, "-Wall"]  # two
build:
  compiler: gcc
  note: "a # b: c"
  text: |
    anything: goes
      here - too
boards:
  - id: one
    sensors: {wind: yes, rain: no}

  - id: two
list:
- a
- 'it''s'
- - x
  - y
last: 'end'
"""


@pytest.mark.parametrize("text", [YAML, "a: 1\nb:\n  - 2\n", "---\n- a\n- b: 1\n  c: 2\n", "a:\n  - b:\n      c: 1\n"])
def test_yaml_is_told(text: str) -> None:
    yaml.safe_load(text)
    assert is_yaml(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n  b: 2\n",
        "a:\n    b: 1\n  c: 2\n",
        "a: [1, 2\n",
        'a: "one\nb: 2\n',
        "a: 1\n- b\n",
        "- a\nb: 1\n",
        "a: b: c\n",
        "a: [1, 2]]\n",
        "\ta: 1\n",
        "just prose\n",
    ],
)
def test_what_is_no_yaml_is_told(text: str) -> None:
    assert not is_yaml(text)


@pytest.mark.parametrize(
    ("draft", "text", "expected"),
    [
        ('{"a": 1}', '{"a": 1', True),
        ('{"a": 1}', "{}", False),
        ('{"a": 1}', "A one.", True),
        ('{"a": 1}', "", False),
        ("[1, 2", "[1", False),
        ("Note: a lamp.\n\nShe wrote one thing: a novel.", "Note: a lamp: hers.\n\nShe: a: b.", False),
        ("Prose with: colons.", "Prose: with: more.", False),
        (YAML, YAML.replace("build:\n", ""), True),
        (YAML, YAML.replace("  - id: two\n", ""), False),
        (YAML, YAML.replace("- 'it''s'", "- 'it''s"), True),
        (YAML, "project: nimbo\n", False),
        ("- one\n- two\n- three\n", "- one\n\nTwo, too.\n", False),
        ('So:\n```json\n{"a": 1}\n```\nDone.', 'So:\n```json\n{"a": }\n```\nDone.', True),
        ('So:\n```json\n{"a": 1}\n```\nDone.', "So:\nDone.", False),
        ("So:\n```yaml\na: 1\nb: 2\n```\n", "So:\n```yaml\na: 1\n  b: 2\n```\n", True),
        ("So:\n```yaml\na: 1\n```\n", "So:\n```yaml\na: 1\n", True),
        ("So:\n```\n[1, 2]\n```\n", "So:\n```\n[1, \n```\n", True),
        ("So:\n```json\n{broken\n```\n", "So:\n```json\n{broken too\n```\n", False),
        ("So:\n```python\nx = {\n```\n", "So:\n```python\nx =\n```\n", False),
    ],
)
def test_what_breaks_a_format(draft: str, text: str, expected: bool) -> None:
    assert broken(draft, text) is expected


keys = st.text("abc", min_size=1)
values = st.recursive(
    st.integers() | st.text("ab c#:'\"-", max_size=6) | st.booleans(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(keys, inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, values, min_size=1, max_size=3), st.integers(0, 30))
def test_lines_taken_out_of_yaml(value: dict[str, object], line: int) -> None:
    """Of what PyYAML writes, no rewriting that PyYAML cannot read passes for YAML."""
    draft = yaml.safe_dump(value, width=1_000, default_style='"' if line % 2 else None)
    lines = draft.splitlines(keepends=True)
    text = "".join(lines[:line] + lines[line + 1 :])
    if not is_yaml(draft) or not is_yaml(text):
        return
    yaml.safe_load(text)
    json.dumps(text)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("So:\n\na:\n  b: 1\n  c: 2\n\nDone!", [(0, 5)]),
        ("Here you are.\na:\n  - b: 1\n    c: 2\n  - b: 3\n    c: 4\n\nDone!", [(1, 6)]),
        ("a:\n  b:\n    - c\n  d:\n    - e", [(0, 5)]),
        ("Founders:\n- Kahn: a baker\n- Lenz: a poet", []),
        ("- Role: baker\n- Town: Gorsby", []),
        ("Name: Kahn\nBorn: 1931\nTown: Gorsby", []),
        ("They met twice:\n  once at noon,\n  once at night.", []),
    ],
)
def test_yaml_without_a_fence_is_told(text: str, runs: list[tuple[int, int]]) -> None:
    assert yaml_runs(text.split("\n")) == runs
