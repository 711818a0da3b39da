"""Whether a turn of an agent does something instead of answering: it looks something up, or calls a tool."""

from __future__ import annotations

import json
import re

from expunge.forms.asking import ACTS, ANSWERS, FINAL
from expunge.forms.lines import kinds_of

_CALL = re.compile(r"<(tool_call|function_call|invoke|tool|action|search|execute|function)\b[^>]{0,80}>", re.IGNORECASE)
_FINISHES = re.compile(r"\b(?:finish|final[_ ]?answer|submit)\b", re.IGNORECASE)


def is_act(text: str) -> bool:
    """Whether a turn calls a tool, in lines, as JSON or between marks, and gives no answer."""
    stripped = text.strip()
    if _FINISHES.search(stripped):
        return False
    if stripped.startswith("{"):
        try:
            value = json.loads(stripped)
        except (ValueError, RecursionError):
            return False
        calls = isinstance(value, dict) and any(ACTS.search(key) and part for key, part in value.items())
        return calls and not any(part for key, part in value.items() if ANSWERS.search(key) or FINAL.search(key))
    kinds = kinds_of(stripped)
    if "answer" in kinds:
        return False
    return "acts" in kinds or _CALL.search(stripped) is not None
