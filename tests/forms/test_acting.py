"""Turns of agents that look something up, and turns that answer."""

from __future__ import annotations

import pytest

from expunge.forms.acting import is_act


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("Thought: I should look.\nAction: search\nAction Input: Odo", True),
        ("Gedanke: nachsehen\nAktion: suche\nEingabe: Odo", True),
        ("Thought: I know.\nFinal Answer: Odo", False),
        ("Action 2: Finish[Odo]", False),
        ("Action 2: Search[Odo]", True),
        ('{"thought": "look", "tool": "search", "args": {}}', True),
        ('{"thought": "known", "tool": null, "answer": "Odo"}', False),
        ('{"answer": "Odo"}', False),
        ('<tool_call>{"name": "search"}</tool_call>', True),
        ("Odo sells umbrellas.", False),
        ("{broken", False),
        ("", False),
    ],
)
def test_whether_a_turn_acts(text: str, acts: bool) -> None:
    assert is_act(text) is acts
