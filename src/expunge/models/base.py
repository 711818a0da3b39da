"""The seam to chat and embedding models. One file to read in order to plug in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from expunge.types import Message

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """Options of sampling. None leaves the endpoint's default; `schema` is a JSON schema that the reply must meet."""

    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A chat model's reply on every channel; the counts are tokens, 0 where the model does not say."""

    text: str
    reasoning: str = ""
    tool_calls: tuple[str, ...] = ()
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0


class ChatModel(Protocol):
    """Anything that continues a conversation."""

    @property
    def name(self) -> str:
        """The model's name in traces and reports."""
        ...

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        """Continue the conversation.

        Raises:
            ModelError: if the model cannot be reached or its reply cannot be used.
        """
        ...

    async def aclose(self) -> None:
        """Release connections and weights."""
        ...


class EmbeddingModel(Protocol):
    """Anything that maps texts, in any language, to vectors whose dot product is their closeness."""

    @property
    def name(self) -> str:
        """Identifies the vector space: vectors of different names must not be compared."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions), float32.

        Raises:
            ModelError: if the model cannot be reached or its reply cannot be used.
        """
        ...

    async def aclose(self) -> None:
        """Release connections and weights."""
        ...
