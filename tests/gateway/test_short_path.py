"""How much of the code an answer runs through in which nothing is found: what a reader must follow to understand it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

import expunge
from expunge.types import Target
from tests.gateway.canned import Canned
from tests.gateway.conftest import Opening
from tests.gateway.test_every_channel import chat

SOURCES = str(Path(expunge.__file__).parent)
MOST_FILES = 35
MOST_FUNCTIONS = 150


@contextmanager
def called() -> Iterator[set[CodeType]]:
    """The named functions of ours that are called within the block, in this thread and those that begin meanwhile."""
    found: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(SOURCES) and not code.co_name.startswith("<"):
            found.add(code)

    before = sys.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


async def test_an_answer_in_which_nothing_is_found_takes_a_short_way(
    over_upstream: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_: object) -> None:
        """What the app prepares beside its requests would be counted with them."""

    monkeypatch.setattr("expunge.gateway.app._warm", nothing)
    upstream = Canned()
    upstream.reply(chat(content="The ferry leaves the harbour at nine."))
    client = await over_upstream(upstream, [Target("Orla Maeve Fenwick")])
    body = {"model": "stub", "messages": [{"role": "user", "content": "When does the ferry leave?"}]}
    # The first request opens what the others find open.
    assert (await client.post("/v1/chat/completions", json=body)).status_code == 200
    with called() as functions:
        assert (await client.post("/v1/chat/completions", json=body)).status_code == 200
    by_file: dict[str, list[str]] = {}
    for code in functions:
        by_file.setdefault(code.co_filename.removeprefix(SOURCES), []).append(code.co_qualname)
    assert len(by_file) <= MOST_FILES, by_file
    assert len(functions) <= MOST_FUNCTIONS, by_file
