"""LlamaIndex: a node postprocessor that passes on nothing of a target (extra `llama-index`)."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from pydantic import Field

from expunge.errors import MissingError
from expunge.integrations.documents import scrubbed
from expunge.integrations.judging import AnyUnlearner, Judge
from expunge.types import Decision

try:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import BaseNode, MetadataMode, NodeWithScore, QueryBundle
except ModuleNotFoundError:
    raise MissingError('LlamaIndex is not installed; install it with: pip install "expunge[llama-index]"') from None

_READ = frozenset(("id_", "metadata", "text", "text_resource", "relationships", "embedding", "text_embedding"))
"""Fields that are read by themselves, or are vectors."""


class ScrubbingPostprocessor(BaseNodePostprocessor):
    """Passes on nodes without targets; one of which nothing may be told is left out.

    Metadata are read with the text. A node that was changed loses its embedding, which was made from all that it said.
    """

    unlearner: Any = Field(exclude=True, repr=False)

    @classmethod
    def of(cls, unlearner: AnyUnlearner) -> Self:
        """Make one; it goes last in a list of postprocessors, since others may put other texts into a node.

        Raises:
            UsageError: if `unlearner` is none.
        """
        Judge(unlearner)
        return cls(unlearner=unlearner)

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex stores it."""
        return "ExpungeScrubbingPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        judge = Judge(self.unlearner)
        return judge.run(_scrubbed(judge, nodes))

    async def _apostprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        judge = Judge(self.unlearner)
        return await judge.arun(_scrubbed(judge, nodes))


async def _scrubbed(judge: Judge, nodes: list[NodeWithScore]) -> list[NodeWithScore]:
    judged = await asyncio.gather(*(_one(judge, found.node) for found in nodes))
    each = zip(nodes, judged, strict=True)
    return [
        found if node is found.node else NodeWithScore(node=node, score=found.score)
        for found, node in each
        if node is not None
    ]


async def _one(judge: Judge, node: BaseNode) -> BaseNode | None:
    """Return the node as it may be passed on, itself if it tells nothing."""
    text = node.get_content(MetadataMode.NONE)
    left = await scrubbed(judge, text, node.metadata, node.node_id)
    # Paths of pictures, templates and whatever else a kind of node has cannot be rewritten.
    others = {name: getattr(node, name) for name in type(node).model_fields if name not in _READ}
    if left is None or (await judge.value(others)).decision is not Decision.PASSED:
        return None
    related = {kind.name: value for kind, value in node.relationships.items()}
    tells = (await judge.value(related)).decision is not Decision.PASSED
    if left == (text, node.metadata) and not tells:
        return node
    changed = node.model_copy(update={"embedding": None, "metadata": left[1]})
    if tells:
        changed.relationships = {}
    if left[0] != text:
        changed.set_content(left[0])
    return changed
