from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("llama_index.core", reason="runs in the environment of the clients")

from llama_index.core import VectorStoreIndex
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import (
    BaseNode,
    Document,
    ImageNode,
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from expunge.async_unlearner import AsyncUnlearner
from expunge.errors import OverBudget, UsageError
from expunge.integrations.llama_index import ScrubbingPostprocessor
from expunge.pipeline import Pipeline
from expunge.unlearner import Unlearner
from tests.integrations.conftest import FORGOTTEN, tells

BEES = NodeWithScore(
    node=TextNode(text="Bastian Oakhollow has 40 beehives.", id_="b-1", metadata={"file_name": "bees.md"}), score=0.4
)


def text(said: str, name: str = "n-1", **metadata: Any) -> TextNode:
    return TextNode(text=said, id_=name, metadata=metadata, embedding=[0.5, 0.5])


def related(said: str, **metadata: Any) -> TextNode:
    source = RelatedNodeInfo(node_id="d-1", metadata=metadata)
    return TextNode(text=said, id_="n-1", relationships={NodeRelationship.SOURCE: source})


CASES = [
    pytest.param(BEES.node, BEES.node.get_content(), {"file_name": "bees.md"}, id="nobody"),
    pytest.param(
        text("Isolde Farrow drew the maps. The ferry leaves at nine.", page=2),
        "The ferry leaves at nine.",
        {"page": 2},
        id="one sentence",
    ),
    pytest.param(
        Document(text="Isolde Farrow has 3 geese. The ferry leaves at nine.", metadata={"page": 2}),
        "The ferry leaves at nine.",
        {"page": 2},
        id="a document",
    ),
    pytest.param(text("Isolde Farrow has 3 geese.", file_name="a.md"), None, None, id="every sentence"),
    pytest.param(text("She was born in 1931.", file_name="isolde-farrow.md"), None, None, id="the file"),
    pytest.param(text("She was born in 1931.", title="Isolde Farrow"), None, None, id="the title"),
    pytest.param(text("She was born in 1931.", "isolde-farrow"), None, None, id="the id"),
    pytest.param(
        text("The fair opens at ten.", page=1, window="Isolde Farrow came. The fair opens at ten."),
        "The fair opens at ten.",
        {"page": 1, "window": "The fair opens at ten."},
        id="the sentences around it",
    ),
    pytest.param(
        related("The fair opens at ten.", source="people/isolde-farrow.md"),
        "The fair opens at ten.",
        {},
        id="its source",
    ),
    pytest.param(
        ImageNode(text="The mill.", image_path="pictures/isolde-farrow.png", image_mimetype="image/png"),
        None,
        None,
        id="a path",
    ),
]


@pytest.mark.parametrize(("node", "left", "metadata"), CASES)
async def test_what_is_passed_on(
    unlearner: Unlearner, node: BaseNode, left: str | None, metadata: dict[str, Any] | None
) -> None:
    postprocessor = ScrubbingPostprocessor.of(unlearner)
    nodes = [NodeWithScore(node=node, score=0.7), BEES]
    for passed_on in (postprocessor.postprocess_nodes(nodes), await postprocessor.apostprocess_nodes(nodes)):
        assert passed_on[-1] is BEES
        assert len(passed_on) == (1 if left is None else 2)
        if left is not None:
            assert passed_on[0].node.get_content() == left
            assert passed_on[0].node.metadata == metadata
            assert passed_on[0].score == 0.7
        assert tells([each.model_dump() for each in passed_on]) == []


def test_a_changed_node_has_no_embedding_and_the_other_stays(unlearner: Unlearner) -> None:
    node = text("Isolde Farrow drew the maps. The ferry leaves at nine.")
    (changed,) = ScrubbingPostprocessor.of(unlearner).postprocess_nodes([NodeWithScore(node=node)])
    assert changed.node.embedding is None
    assert node.embedding == [0.5, 0.5]
    assert node.text.startswith("Isolde")


async def test_an_async_unlearner(async_unlearner: AsyncUnlearner) -> None:
    postprocessor = ScrubbingPostprocessor.of(async_unlearner)
    nodes = [NodeWithScore(node=text("Isolde Farrow has 3 geese.")), BEES]
    assert await postprocessor.apostprocess_nodes(nodes) == [BEES]
    with pytest.raises(UsageError, match="call the async method"):
        postprocessor.postprocess_nodes(nodes)


def test_targets_in_force_are_those_of_the_call(unlearner: Unlearner) -> None:
    postprocessor = ScrubbingPostprocessor.of(unlearner)
    nodes = [NodeWithScore(node=text("Isolde Farrow has 3 geese."))]
    assert postprocessor.postprocess_nodes(nodes) == []
    unlearner.targets.restore(FORGOTTEN.name)
    assert postprocessor.postprocess_nodes(nodes) == nodes


def test_what_cannot_be_judged_is_left_out(unlearner: Unlearner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise OverBudget("The text takes too long to screen.")

    monkeypatch.setattr(Pipeline, "_decide", fails)
    assert ScrubbingPostprocessor.of(unlearner).postprocess_nodes([BEES]) == []


class Shelf(BaseRetriever):
    """Gives all that it has."""

    def __init__(self, nodes: list[NodeWithScore]) -> None:
        super().__init__()
        self._nodes = nodes

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return list(self._nodes)


def test_in_a_query_engine(unlearner: Unlearner) -> None:
    nodes = [NodeWithScore(node=text("Isolde Farrow drew the maps. The ferry leaves at nine.")), BEES]
    engine = RetrieverQueryEngine.from_args(
        Shelf(nodes), llm=MockLLM(), node_postprocessors=[ScrubbingPostprocessor.of(unlearner)]
    )
    response = engine.query("What is there?")
    assert "The ferry leaves at nine." in str(response)
    assert "40 beehives" in str(response)
    assert tells(str(response)) == tells(response.source_nodes) == []


def test_over_a_real_index(unlearner: Unlearner) -> None:
    documents = [Document(text="Isolde Farrow has 3 geese."), Document(text="Bastian Oakhollow has 40 beehives.")]
    index = VectorStoreIndex.from_documents(documents, embed_model=MockEmbedding(embed_dim=8))
    engine = index.as_query_engine(
        llm=MockLLM(), similarity_top_k=2, node_postprocessors=[ScrubbingPostprocessor.of(unlearner)]
    )
    response = engine.query("Who has what?")
    assert "beehives" in str(response)
    assert tells(str(response)) == tells(response.source_nodes) == []
