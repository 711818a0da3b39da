from __future__ import annotations

from typing import Any

import pytest

from expunge.gateway.apis.chat import ChatApi
from expunge.pipeline import Outcome
from expunge.types import Decision, Trace


@pytest.mark.parametrize("calls", [None, 7, "f", ["f", {"function": {"name": "f", "arguments": "{}"}}], {"a": "b"}])
def test_usage_is_reckoned_whatever_the_calls_are(calls: Any) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Orla lives here.", "tool_calls": calls}}
    usage = {"prompt_tokens": 4, "completion_tokens": 10, "total_tokens": 14}
    changed = ChatApi().rewritten(
        {}, {"choices": [choice], "usage": usage}, (Outcome("No.", Decision.REFUSED, (), Trace()),)
    )
    assert changed["choices"][0]["message"]["content"] == "No."
    assert changed["usage"]["prompt_tokens"] == 4
    assert 0 < changed["usage"]["completion_tokens"] < 10
