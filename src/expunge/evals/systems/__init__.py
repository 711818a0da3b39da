"""The systems of an evaluation by name: what is compared, and expunge itself."""

from __future__ import annotations

import difflib

from expunge.errors import UsageError
from expunge.evals.systems.base import Alone, System
from expunge.evals.systems.baselines import GuardrailPrompt, InContextUnlearning, KeywordFilter
from expunge.evals.systems.unlearning import Unlearning
from expunge.models.base import ChatModel
from expunge.settings import Settings

SYSTEMS = ("none", "guardrail-prompt", "icul", "keyword", "alu-paper", "expunge")
"""The systems, from the one that forgets nothing to the one that is ours."""


def check_system(name: str) -> str:
    """The name itself.

    Raises:
        UsageError: if there is no such system.
    """
    if name in SYSTEMS:
        return name
    close = difflib.get_close_matches(name, SYSTEMS, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise UsageError(f"There is no system of this name; choose from {', '.join(SYSTEMS)}.{hint}")


def open_system(name: str, settings: Settings, upstream: ChatModel, *, elicit: bool = False) -> System:
    """The system of a name over an upstream, which it closes when it is closed.

    Raises:
        UsageError: if there is no such system.
        ConfigError: if the settings cannot be met.
    """
    match check_system(name):
        case "none":
            return Alone(upstream)
        case "guardrail-prompt":
            return GuardrailPrompt(upstream)
        case "icul":
            return InContextUnlearning(upstream)
        case "keyword":
            return KeywordFilter(upstream)
        case "alu-paper":
            return Unlearning.paper(settings, upstream)
        case _:
            return Unlearning.screened(settings, upstream, elicit=elicit)
