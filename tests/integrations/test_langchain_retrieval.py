from __future__ import annotations

from datetime import date
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="runs in the environment of the clients")

from langchain_core.callbacks import BaseCallbackHandler, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from expunge.async_unlearner import AsyncUnlearner
from expunge.errors import OverBudget, UsageError
from expunge.integrations.langchain import ScrubbedRetriever
from expunge.pipeline import Pipeline
from expunge.unlearner import Unlearner
from tests.integrations.conftest import FORGOTTEN, tells

BEES = Document(page_content="Bastian Oakhollow has 40 beehives.", metadata={"source": "bees.md", "page": 3}, id="b-1")


class Shelf(BaseRetriever):
    """Gives all that it has."""

    documents: list[Document]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return list(self.documents)


def document(text: str, name: str | None = None, **metadata: Any) -> Document:
    return Document(page_content=text, metadata=metadata, id=name)


CASES = [
    pytest.param(BEES, BEES, id="nobody"),
    pytest.param(
        document("Isolde Farrow drew the maps. The ferry leaves at nine.", page=2, made=date(2020, 5, 1)),
        document("The ferry leaves at nine.", page=2, made=date(2020, 5, 1)),
        id="one sentence",
    ),
    pytest.param(document("Isolde Farrow drew the maps.", source="a.md"), None, id="every sentence"),
    pytest.param(document("She was born in 1931.", title="Isolde Farrow"), None, id="the title"),
    pytest.param(document("She was born in 1931.", source="people/isolde-farrow.md"), None, id="the file"),
    pytest.param(document("She was born in 1931.", "isolde-farrow"), None, id="the id"),
    pytest.param(
        document("She was born in 1931.", "n-1", page=1, source="isolde-farrow.md"), None, id="the file second"
    ),
    pytest.param(
        document("She was born in 1931.", **{"Header 1": "People", "Header 2": "Isolde Farrow"}), None, id="a heading"
    ),
    pytest.param(
        document("She was born in 1931.", url="https://example.org/people/isolde-farrow"), None, id="an address"
    ),
    pytest.param(
        document("The fair opens at ten.", "n-2", source="fair.md", editor="Isolde Farrow"),
        document("The fair opens at ten.", "n-2", source="fair.md", editor=""),
        id="who edited it",
    ),
    pytest.param(
        document("The fair opens at ten.", loc={"speakers": "Isolde Farrow"}, page=1),
        document("The fair opens at ten.", loc={"speakers": ""}, page=1),
        id="a field of the metadata",
    ),
    pytest.param(
        document("The fair opens at ten.", tags=["fair", "Isolde Farrow"]),
        document("The fair opens at ten.", tags=["fair", ""]),
        id="a tag",
    ),
    pytest.param(document("The fair opens at ten.", page_content="Isolde Farrow", id=7), None, id="a key of ours"),
    pytest.param(document("", title="Isolde Farrow"), None, id="metadata alone"),
]


@pytest.mark.parametrize(("found", "passed_on"), CASES)
async def test_what_is_passed_on(unlearner: Unlearner, found: Document, passed_on: Document | None) -> None:
    retriever = ScrubbedRetriever.of(Shelf(documents=[found, BEES]), unlearner)
    expected = [BEES] if passed_on is None else [passed_on, BEES]
    assert retriever.invoke("What is there?") == expected
    assert await retriever.ainvoke("What is there?") == expected
    assert tells(expected) == []


async def test_an_async_unlearner(async_unlearner: AsyncUnlearner) -> None:
    retriever = ScrubbedRetriever.of(Shelf(documents=[document("Isolde Farrow drew the maps."), BEES]), async_unlearner)
    assert await retriever.ainvoke("What is there?") == [BEES]
    with pytest.raises(UsageError, match="call the async method"):
        retriever.invoke("What is there?")


def test_targets_in_force_are_those_of_the_call(unlearner: Unlearner) -> None:
    retriever = ScrubbedRetriever.of(Shelf(documents=[document("Isolde Farrow drew the maps.")]), unlearner)
    assert retriever.invoke("Who?") == []
    unlearner.targets.restore(FORGOTTEN.name)
    assert len(retriever.invoke("Who?")) == 1


def test_what_cannot_be_judged_is_left_out(unlearner: Unlearner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise OverBudget("The text takes too long to screen.")

    monkeypatch.setattr(Pipeline, "_decide", fails)
    assert ScrubbedRetriever.of(Shelf(documents=[BEES]), unlearner).invoke("Who?") == []


class Watching(BaseCallbackHandler):
    """Keeps all that it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def on_retriever_end(self, documents: Any, **_: Any) -> None:
        self.told.append(documents)


async def test_callbacks_see_what_is_passed_on(unlearner: Unlearner) -> None:
    retriever = ScrubbedRetriever.of(Shelf(documents=[document("Isolde Farrow drew the maps."), BEES]), unlearner)
    watching = Watching()
    retriever.invoke("Who?", {"callbacks": [watching]})
    events = [event async for event in retriever.astream_events("Who?", version="v2")]
    assert watching.told == [[BEES]]
    assert tells(events) == []
    assert any("beehives" in repr(event) for event in events)


def test_what_is_no_unlearner() -> None:
    with pytest.raises(UsageError, match="must be an Unlearner"):
        ScrubbedRetriever.of(Shelf(documents=[]), "expunge.toml")  # type: ignore[arg-type]
