"""LangChain: a retriever, a tool and a chat model that pass on nothing of a target (extra `langchain`)."""

from __future__ import annotations

from expunge.errors import MissingError

try:
    import langchain_core as _langchain_core  # noqa: F401 - only to say what is missing
except ModuleNotFoundError:
    raise MissingError('LangChain is not installed; install it with: pip install "expunge[langchain]"') from None

from expunge.integrations.langchain.chat import ScrubbedChatModel
from expunge.integrations.langchain.retrieval import ScrubbedRetriever
from expunge.integrations.langchain.tools import ScrubbedTool

__all__ = ["ScrubbedChatModel", "ScrubbedRetriever", "ScrubbedTool"]
