"""Whether a draft only gives back what the user typed."""

from __future__ import annotations

from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf


def only_echoes(question: str, draft: str) -> bool:
    """Whether every word of the draft that says something stands in the question too."""
    given = set(fold(question).split())
    return all(word in given or zipf(word) >= GLUE for word in fold(draft).split())
