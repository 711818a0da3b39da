"""The OpenAI Agents SDK: guardrails, tools and a model that pass on nothing of a target (extra `openai-agents`)."""

from __future__ import annotations

from expunge.errors import MissingError

try:
    import agents as _agents  # noqa: F401 - only to say what is missing
except ModuleNotFoundError:
    raise MissingError(
        'The OpenAI Agents SDK is not installed; install it with: pip install "expunge[openai-agents]"'
    ) from None

from expunge.integrations.openai_agents.guardrails import input_guardrail, output_guardrail
from expunge.integrations.openai_agents.model import ScrubbedModel
from expunge.integrations.openai_agents.tools import scrubbed_tool, tool_filter

__all__ = ["ScrubbedModel", "input_guardrail", "output_guardrail", "scrubbed_tool", "tool_filter"]
