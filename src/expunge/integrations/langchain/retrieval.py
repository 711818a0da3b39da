"""A retriever whose documents are scrubbed."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable
from pydantic import Field

from expunge.integrations.documents import scrubbed
from expunge.integrations.judging import AnyUnlearner, Judge
from expunge.integrations.langchain.quiet import unseen


class ScrubbedRetriever(BaseRetriever):
    """Passes on another retriever's documents without targets; one of which nothing may be told is left out.

    Metadata are read with the text. The other retriever's own events reach no callback and no trace.
    """

    retriever: Runnable[str, list[Document]]
    unlearner: Any = Field(exclude=True, repr=False)

    @classmethod
    def of(cls, retriever: Runnable[str, list[Document]], unlearner: AnyUnlearner) -> Self:
        """Wrap a retriever.

        Raises:
            UsageError: if `unlearner` is none.
        """
        Judge(unlearner)
        return cls(retriever=retriever, unlearner=unlearner)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        judge = Judge(self.unlearner)
        with unseen() as config:
            found = self.retriever.invoke(query, config)
        return judge.run(_scrubbed(judge, found))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        judge = Judge(self.unlearner)
        with unseen() as config:
            found = await self.retriever.ainvoke(query, config)
        return await judge.arun(_scrubbed(judge, found))


async def _scrubbed(judge: Judge, documents: list[Document]) -> list[Document]:
    judged = await asyncio.gather(*(_one(judge, document) for document in documents))
    return [document for document in judged if document is not None]


async def _one(judge: Judge, document: Document) -> Document | None:
    left = await scrubbed(judge, document.page_content, document.metadata, document.id or "")
    if left is None:
        return None
    text, metadata = left
    if text == document.page_content and metadata == document.metadata:
        return document
    return Document(page_content=text, metadata=metadata, id=document.id)
