"""A model's answers kept between runs, for measuring one upstream many times at the cost of once."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from expunge.errors import UsageError
from expunge.models.base import ChatModel, ChatOptions, Completion
from expunge.types import Message


class Replay:
    """A chat model that asks another one only what it has not asked before.

    Completions are kept in a JSON-lines file under a SHA-256 of the model's name, the messages and the options,
    so the file holds no question. Only right for a model whose answers do not vary (greedy decoding).

    Raises:
        UsageError: if the file cannot be read or written, or holds something else.
    """

    def __init__(self, model: ChatModel, path: Path) -> None:
        self._model = model
        self._path = path
        self._kept: dict[str, Completion] = {}
        if path.exists():
            self._load()

    @property
    def name(self) -> str:
        """The name of the model behind."""
        return self._model.name

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        """The kept completion, or the model's, which is then kept.

        Raises:
            ModelError: what the model behind raises; failures are not kept.
            UsageError: if the file cannot be written.
        """
        key = replay_key(self.name, messages, options)
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._model.complete(messages, options)
            self._kept[key] = kept
            self._append(key, kept)
        return kept

    async def aclose(self) -> None:
        """Release the model behind."""
        await self._model.aclose()

    def _load(self) -> None:
        try:
            content = self._path.read_bytes()
            if content and not content.endswith(b"\n"):
                content = content[: content.rfind(b"\n") + 1]
                os.truncate(self._path, len(content))  # an interrupted run leaves half a last line
            lines = content.decode("utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            raise UsageError("The replay file cannot be used as UTF-8 text; name another one.") from None
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                row = json.loads(line)
                row["tool_calls"] = tuple(row["tool_calls"])
                key = row.pop("key")
                self._kept[key] = Completion(**row)
            except (ValueError, TypeError, KeyError):
                raise UsageError(f"Line {number} of the replay file is not a kept answer; name another file.") from None

    def _append(self, key: str, completion: Completion) -> None:
        row = json.dumps({"key": key, **dataclasses.asdict(completion)}, ensure_ascii=False)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(row + "\n")
        except OSError:
            raise UsageError("The replay file cannot be written; name another one.") from None


def replay_key(name: str, messages: Sequence[Message], options: ChatOptions) -> str:
    """The SHA-256, in hex, of everything that decides a completion."""
    told = [[message.role, message.content] for message in messages]
    return hashlib.sha256(json.dumps([name, told, dataclasses.asdict(options)]).encode()).hexdigest()
