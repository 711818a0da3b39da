"""Whether an embedding model's vectors are as long as those that are stored.

An endpoint may serve another model under the same name one day. Vectors of different lengths cannot be compared, so
that nothing can be said to be far from the facts: whoever asks gets an error, and the answer is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from expunge.errors import ModelReplyError

if TYPE_CHECKING:
    from expunge.screen.semantic.embeddings import Embedder, Vectors


class Lengths:
    """The lengths of the model's vectors and of those in use; 0 where none is known."""

    def __init__(self) -> None:
        self.given = 0
        """What the model gave last."""
        self.kept = 0
        """What targets are compared by."""

    @property
    def expected(self) -> int:
        """The length that a stored vector must have to be of use, 0 for any."""
        return self.given or self.kept

    def check(self, length: int) -> None:
        """Take note of the length that the model gave.

        Raises:
            ModelReplyError: if targets are compared by vectors of another one.
        """
        self.given = length
        if self.kept and self.kept != length:
            raise ModelReplyError(
                f"The embedding model gives vectors of {length} numbers where those of the targets have {self.kept}: "
                "it is another model. Run `expunge targets embed`, then start anew what is running."
            )


class Checked:
    """An embedding model whose vectors are checked for their length."""

    def __init__(self, inner: Embedder, lengths: Lengths) -> None:
        self._inner = inner
        self._lengths = lengths

    @property
    def inner(self) -> Embedder:
        """The model whose vectors are checked."""
        return self._inner

    @property
    def name(self) -> str:
        """The inner model's vector space."""
        return self._inner.name

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As the inner model.

        Raises:
            ModelReplyError: if its vectors are not as long as those that targets are compared by.
        """
        vectors = await self._inner.embed(texts)
        if len(vectors):
            self._lengths.check(vectors.shape[1])
        return vectors
