"""Nothing of a long answer is left unread on its way through the gateway."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.models.base import EmbeddingModel
from expunge.models.scripted import ScriptedEmbeddings
from tests.gateway.canned import Canned
from tests.gateway.conftest import Opening
from tests.gateway.test_every_channel import chat
from tests.screen.semantic.test_statements import OTHERS, TARGET, TOLD, in_code, others, very_long

ASKED = {"model": "m", "messages": [{"role": "user", "content": "What is in the paper of today?"}]}


@pytest.fixture(autouse=True)
def by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def embeddings(*_: Any, **__: Any) -> EmbeddingModel:
        return ScriptedEmbeddings()

    monkeypatch.setattr("expunge.assemble.embedding_model", embeddings)


def in_400_sentences(told: str) -> str:
    return " ".join([*others(217), told, *others(399)[217:]])


def in_50_pieces(told: str) -> str:
    return in_code(told, "base64", 26)


@pytest.mark.parametrize("made", [in_400_sentences, in_50_pieces, very_long])
async def test_a_fact_told_without_its_name_does_not_leave(made: Any, over_upstream: Opening) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, [TARGET])
    draft = made(TOLD)
    upstream.reply(chat(content=draft))
    answer = await client.post("/v1/chat/completions", json=ASKED)
    assert answer.status_code == 200, answer.text
    left = answer.json()["choices"][0]["message"]["content"]
    assert left != draft
    assert TOLD not in left
    if made is very_long:
        return
    harmless = made(OTHERS[0].format(n=50))
    upstream.reply(chat(content=harmless))
    answer = await client.post("/v1/chat/completions", json=ASKED)
    assert answer.content == upstream.pieces[0]
