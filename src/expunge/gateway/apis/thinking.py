"""Reasoning that stands inside an answer, between `<think>` marks."""

from __future__ import annotations

import re

_BLOCK = re.compile(r"<(think|thinking|reasoning|thought)>(.*?)(?:</\1>|\Z)\s*", re.DOTALL | re.IGNORECASE)
_END = re.compile(r"</(?:think|thinking|reasoning|thought)>\s*", re.IGNORECASE)


def split(text: str) -> tuple[str, str]:
    """The visible answer, and the reasoning inside it.

    A block that never ends is reasoning up to the end; an end without a beginning makes all before it reasoning,
    since some chat templates write the first mark themselves.
    """
    if "<" not in text:
        return text, ""
    thoughts = [match[2] for match in _BLOCK.finditer(text)]
    visible = _BLOCK.sub("", text)
    if (end := _END.search(visible)) is not None:
        thoughts.insert(0, visible[: end.start()])
        visible = visible[end.end() :]
    return visible, "\n".join(thoughts)
