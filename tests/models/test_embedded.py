from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from expunge.errors import ContextTooLong, MissingError, WeightsInvalid
from expunge.models import embedded
from expunge.models.base import ChatOptions
from expunge.models.choose import chat_model
from expunge.models.embedded import EmbeddedChat
from expunge.models.weights import DEFAULT, place
from expunge.settings import ModelSettings, Settings
from expunge.types import Message

ASK = [Message("user", "Say hello.")]
SHORT = ChatOptions(max_tokens=8)


@pytest.fixture
def weights() -> Path:
    path = place(DEFAULT, Settings().cache())
    if not path.exists():
        pytest.skip("the embedded weights are not fetched; run `expunge models pull`")
    return path


@pytest.fixture
async def model(weights: Path) -> AsyncIterator[EmbeddedChat]:
    model = EmbeddedChat(weights, context=512, timeout=120)
    yield model
    await model.aclose()


FILES = {
    "empty": b"",
    "a web page": b"<html>" + b" " * 100,
    "only the magic": b"GGUF",
    "an old version": b"GGUF\x01\0\0\0" + bytes(100),
    "the other byte order": b"GGUF\0\0\0\x03" + bytes(100),
    "only a header": b"GGUF\x03\0\0\0" + (5).to_bytes(8, "little") + (9).to_bytes(8, "little") + bytes(64),
    "counts without end": b"GGUF\x03\0\0\0" + b"\xff" * 64,
}


@pytest.mark.parametrize("name", FILES)
async def test_a_file_that_is_no_model(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(FILES[name])
    model = EmbeddedChat(path, context=512)
    for _ in range(2):
        with pytest.raises(WeightsInvalid) as caught:
            await model.complete(ASK)
    assert str(caught.value).endswith(".")
    assert capfd.readouterr() == ("", "")
    assert not embedded._engines


async def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="models pull"):
        await EmbeddedChat(tmp_path / "none.gguf").complete(ASK)
    with pytest.raises(WeightsInvalid, match="cannot be read"):
        await EmbeddedChat(tmp_path).complete(ASK)


@pytest.mark.weights
async def test_a_truncated_model(weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.gguf"
    with weights.open("rb") as whole:
        path.write_bytes(whole.read(5_000_000))
    with pytest.raises(WeightsInvalid, match="damaged"):
        await EmbeddedChat(path, context=512).complete(ASK)


@pytest.mark.weights
async def test_answers_repeat_and_nothing_is_printed(model: EmbeddedChat, capfd: pytest.CaptureFixture[str]) -> None:
    first = await model.complete(ASK, SHORT)
    assert first.text
    assert first.prompt_tokens > 0
    assert 0 < first.completion_tokens <= 8
    assert (await model.complete(ASK, SHORT)).text == first.text
    assert capfd.readouterr() == ("", "")


@pytest.mark.weights
async def test_a_question_over_the_context_size(model: EmbeddedChat) -> None:
    with pytest.raises(ContextTooLong, match="shorten"):
        await model.complete([Message("user", "word " * 2_000)], SHORT)


@pytest.mark.weights
async def test_a_schema_is_met(model: EmbeddedChat) -> None:
    schema = {
        "type": "object",
        "properties": {"mark": {"type": "integer", "minimum": 1, "maximum": 5}},
        "required": ["mark"],
        "additionalProperties": False,
    }
    got = await model.complete([Message("user", "Give a mark.")], ChatOptions(max_tokens=40, schema=schema))
    assert json.loads(got.text)["mark"] in range(1, 6)


@pytest.mark.weights
async def test_roles_share_one_engine_until_the_last_closes(weights: Path) -> None:
    one, two = EmbeddedChat(weights, context=512), EmbeddedChat(weights.parent / "." / weights.name, context=512)
    await asyncio.gather(one.complete(ASK, SHORT), two.complete(ASK, SHORT))
    (engine,) = embedded._engines.values()
    assert engine.users == 2
    await one.aclose()
    await one.aclose()
    assert (await two.complete(ASK, SHORT)).text
    await two.aclose()
    assert not embedded._engines
    assert engine.server is None


@pytest.mark.weights
async def test_cancelling_stops_the_writing(model: EmbeddedChat) -> None:
    await model.complete(ASK, SHORT)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await model.complete(
                [Message("user", "Count upwards from one, one number a line.")],
                ChatOptions(max_tokens=400, schema={"type": "array", "items": {"type": "integer"}, "minItems": 300}),
            )
    await asyncio.sleep(1.3)  # llama.cpp looks once a second whether its client is gone
    before = time.process_time()
    await asyncio.sleep(0.5)
    assert time.process_time() - before < 0.25


@pytest.mark.weights
async def test_two_loops_in_turn(weights: Path) -> None:
    model = EmbeddedChat(weights, context=512)

    async def once() -> str:
        try:
            return (await model.complete(ASK, SHORT)).text
        finally:
            await model.aclose()

    texts = [await asyncio.to_thread(lambda: asyncio.run(once())) for _ in range(2)]
    assert texts[0] == texts[1]


@pytest.mark.weights
async def test_a_free_question_gets_a_short_answer(weights: Path) -> None:
    model = chat_model(ModelSettings(timeout=120), cache=Settings().cache())
    try:
        for question, word in (
            ("What is the capital of France?", "Paris"),
            ("How do I boil an egg?", "water"),
            ("What is the boiling point of water?", "100"),
        ):
            got = await model.complete([Message("user", question)])
            assert word in got.text, got.text
            assert got.finish_reason == "stop"
            assert got.completion_tokens < 60
    finally:
        await model.aclose()
