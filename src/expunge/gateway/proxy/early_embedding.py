"""Embeds what an answer will be compared by while the upstream still writes it: the question, then each sentence.

Nothing depends on it. The screen reads every text from its beginning when the answer is whole, and finds the vectors in
the memory of the embedding model; what is not there it has embedded then, and what fails here fails there again, where
it ends in a refusal. What an answer says is for `Api.collected` and `Api.drafts` to tell, which leave nothing out.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from expunge.assemble import Parts
from expunge.errors import ExpungeError
from expunge.gateway.proxy.moderator import MOST, Moderator
from expunge.gateway.sse import Event
from expunge.screen.screen import Screen
from expunge.screen.semantic.sentences import MOST_SENTENCES
from expunge.screen.semantic.topics import LONGEST
from expunge.text.budget import SECONDS, budget, counted
from expunge.text.segment import Completed, GrowingText, completed
from expunge.types import Message, Snapshot

logger = logging.getLogger("expunge.gateway")
_MOMENT = 0.002
"""Seconds after which the question is embedded: what is answered sooner is read together with its answer, which takes
less time than one after the other."""
_SHARE = 0.25
"""Share of a request's computing that may go into this, in addition to what reading the answer may cost."""
LONGEST_EVENT = 65_536
"""Characters of an event that are looked into; one with more holds up all others while it is parsed."""
_DEEPEST = 8
_PLACES = ("index", "output_index", "content_index", "summary_index")
"""Fields that tell which of several texts goes on."""
_INDEXES = frozenset(_PLACES)
_NO_TEXT = frozenset(
    (*_PLACES, "id", "type", "role", "status", "logprobs", "finish_reason", "stop_reason", "native_finish_reason")
)
Place = tuple[Any, ...]


@dataclass(slots=True)
class _Text:
    """One text of an answer; `opening` is its beginning until that is as long as topics look at."""

    growing: GrowingText = field(default_factory=GrowingText)
    opening: str | None = ""

    def add(self, piece: str) -> bool:
        if self.opening is not None:
            self.opening = (self.opening + piece).lstrip()
        return self.growing.add(piece) or self.opened

    @property
    def opened(self) -> bool:
        """Whether the opening is there, and was not taken."""
        return self.opening is not None and len(self.opening) > LONGEST and len(self.opening.rstrip()) > LONGEST

    def take_opening(self) -> str:
        """The opening, once."""
        opening = self.opening if self.opened else ""
        if opening:
            self.opening = None
        return opening or ""


class EarlyEmbedding:
    """The embedding ahead for one request, a batch at a time: sentences that come meanwhile make the next one.

    `run` does the work, as a companion of the one that answers the request; `ask` and `hear` say what there is to
    embed. Once something fails, or more is said than is read of one request, the rest is left to the reading of the
    answer.
    """

    def __init__(self, moderator: Moderator, parts: Parts) -> None:
        self._moderator = moderator
        self._parts = parts
        self._question = ""
        self._texts: dict[Place, _Text] = {}
        self._heard = self._count = 0
        self._seconds = SECONDS * _SHARE
        self._more = asyncio.Event()
        self._stopped = False

    def ask(self, messages: Sequence[Message]) -> None:
        """Have the question embedded that a conversation ends with."""
        self._question = next((message.content for message in reversed(messages) if message.role == "user"), "")
        self._may_hear(self._question)

    def hear(self, events: Iterable[Event]) -> None:
        """Have the sentences embedded that these events of the answer complete."""
        due = False
        for event in () if self._stopped else events:
            for place, piece in deltas(event):
                if not self._may_hear(piece):
                    return
                text = self._texts.get(place)
                if text is None:
                    text = self._texts[place] = _Text()
                due = text.add(piece) or due
        if due:
            self._more.set()

    async def run(self) -> None:
        """Embed what there is, and wait for more, until cancelled or until no more will be embedded; raises nothing
        else."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_MOMENT):
                    await self._more.wait()
            while not self._stopped:
                if self._question or self._due():
                    await self._embed()
                else:
                    self._more.clear()
                    await self._more.wait()
        except ExpungeError:
            self._stopped = True
        except Exception as error:  # noqa: BLE001 - the answer does not depend on it
            self._stopped = True
            # Its own message may hold a text that nobody may see.
            logger.error("embedding ahead of an answer failed (%s); the answer is read without", type(error).__name__)

    def _may_hear(self, text: str) -> bool:
        self._heard += len(text)
        self._stopped = self._stopped or self._heard > MOST
        return not self._stopped

    async def _embed(self) -> None:
        with budget(self._seconds) as held:
            await (self._embed_question() if self._question else self._embed_sentences())
        self._seconds = held.left
        self._stopped = self._stopped or self._count > MOST_SENTENCES

    def _due(self) -> list[_Text]:
        return [text for text in self._texts.values() if text.growing.due or text.opened]

    async def _embed_question(self) -> None:
        question, self._question = self._question, ""
        snapshot = self._newest()
        work = self._parts.screen.foresee(snapshot, [question], question=True)
        self._count += await self._moderator.ahead(self._parts, snapshot, work, len(question))

    async def _embed_sentences(self) -> None:
        due = self._due()
        openings = [opening for text in due if (opening := text.take_opening())]
        left = [(text.growing.left, text.growing.fence) for text in due]
        snapshot = self._newest()
        work = _found_ahead(self._parts.screen, snapshot, left, openings)
        completed_texts, count = await self._moderator.ahead(
            self._parts, snapshot, work, sum(len(text) for text, _ in left)
        )
        for text, sentences, (looked_at, _) in zip(due, completed_texts, left, strict=True):
            text.growing.take(sentences, len(looked_at))
        self._count += count

    def _newest(self) -> Snapshot:
        # Vectors hold under any snapshot. An answer takes long, and to go back to the snapshot that it began with for
        # each sentence would have the screen change its index to and fro.
        return self._parts.registry.snapshot()


async def _found_ahead(
    screen: Screen, snapshot: Snapshot, left: Sequence[tuple[str, str]], openings: Sequence[str]
) -> tuple[list[Completed], int]:
    """The sentences that are whole in what is left of texts, and how many there are, once they are embedded."""
    with counted():
        completed_texts = [completed(text, fence) for text, fence in left]
    return completed_texts, await screen.foresee(
        snapshot, [sentences.text for sentences in completed_texts if sentences.text], openings
    )


def deltas(event: Event) -> list[tuple[Place, str]]:
    """The texts that an event adds, each with the place of the text that it continues; none if it is no such event."""
    data = event.data
    pieces: list[tuple[Place, str]] = []
    if len(data) > LONGEST_EVENT or not data.startswith("{"):
        return pieces
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return pieces
    choices = value.get("choices")
    if isinstance(choices, list):
        _add(choices, (), pieces, 0)
    elif "delta" in value:
        # Of a bare text nothing but the event tells what it continues.
        _add(value["delta"], (str(value.get("type")), *_place(value)), pieces, 0)
    return pieces


def _add(value: Any, place: Place, pieces: list[tuple[Place, str]], depth: int) -> None:
    if isinstance(value, str):
        if value:
            pieces.append((place, value))
    elif depth > _DEEPEST:
        return
    elif isinstance(value, list):
        for item in value:
            _add(item, place, pieces, depth + 1)
    elif isinstance(value, dict):
        here = place if _INDEXES.isdisjoint(value) else (*place, *_place(value))
        for key, part in value.items():
            if part and key not in _NO_TEXT:
                _add(part, (*here, key), pieces, depth + 1)


def _place(value: Mapping[str, Any]) -> Place:
    return tuple(index for name in _PLACES if isinstance(index := value.get(name), int))
