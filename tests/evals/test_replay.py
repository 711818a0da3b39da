from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from expunge.errors import ModelUnreachable, UsageError
from expunge.evals.replay import Replay
from expunge.models.base import ChatOptions, Completion
from expunge.types import Message

ASK = (Message("user", "Who keeps the otter?"),)


class Counting:
    """Answers with how often it was asked."""

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.asked = 0
        self.closed = False
        self.broken = False

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        if self.broken:
            raise ModelUnreachable("The endpoint is gone; start it.")
        self.asked += 1
        return Completion(f"answer {self.asked}", reasoning="é\n", tool_calls=("call",), prompt_tokens=3)

    async def aclose(self) -> None:
        self.closed = True


async def test_asks_once_also_in_a_later_run(tmp_path: Path) -> None:
    model, path = Counting(), tmp_path / "kept.jsonl"
    first = await Replay(model, path).complete(ASK)
    assert await Replay(model, path).complete(ASK) == first
    assert model.asked == 1
    assert "otter" not in path.read_text(encoding="utf-8")


async def test_other_messages_options_or_models_are_other_answers(tmp_path: Path) -> None:
    model, path = Counting(), tmp_path / "kept.jsonl"
    replay = Replay(model, path)
    for messages, options in (
        (ASK, ChatOptions()),
        (ASK, ChatOptions(seed=1)),
        ((Message("system", ASK[0].content),), ChatOptions()),
        ((*ASK, *ASK), ChatOptions()),
    ):
        await replay.complete(messages, options)
    assert model.asked == 4
    other = Counting("another")
    await Replay(other, path).complete(ASK)
    assert other.asked == 1


async def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    model = Counting()
    replay = Replay(model, tmp_path / "kept.jsonl")
    model.broken = True
    with pytest.raises(ModelUnreachable):
        await replay.complete(ASK)
    model.broken = False
    assert (await replay.complete(ASK)).text == "answer 1"


async def test_half_a_last_line_is_dropped(tmp_path: Path) -> None:
    model, path = Counting(), tmp_path / "kept.jsonl"
    await Replay(model, path).complete(ASK)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"key": "abc", "te')
    replay = Replay(model, path)
    await replay.complete(ASK)
    await replay.complete((*ASK, *ASK))
    assert model.asked == 2
    assert path.read_bytes().startswith(whole)
    Replay(model, path)


@pytest.mark.parametrize("content", [b"hello\n", b'{"key": "x"}\n', b"\xff\xff\n", b"[]\n"])
def test_a_file_of_something_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="replay file"):
        Replay(Counting(), path)
    assert path.read_bytes() == content


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    replay = Replay(Counting(), tmp_path / "no" / "kept.jsonl")
    with pytest.raises(UsageError, match="cannot be written"):
        await replay.complete(ASK)


async def test_closes_the_model_behind(tmp_path: Path) -> None:
    model = Counting()
    await Replay(model, tmp_path / "kept.jsonl").aclose()
    assert model.closed
