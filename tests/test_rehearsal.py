from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from expunge.assemble import Parts, assemble
from expunge.errors import ImportFailed, ModelUnreachable
from expunge.models.base import ChatOptions
from expunge.models.scripted import Reply, ScriptedChat, ScriptedEmbeddings
from expunge.rehearsal import PastQuestion, read_sample, rehearse
from expunge.settings import PolicySettings, RegistrySettings, Settings
from expunge.types import Decision, Message, Target

ISOLDE = Target("Isolde Farrow", facts=("Isolde Farrow won the Amber Prize in 1931.",))


def answer(messages: Sequence[Message], options: ChatOptions) -> Reply:
    if "down" in messages[-1].content:
        return ModelUnreachable("It is down.")
    return "Isolde Farrow won the Amber Prize." if "prize" in messages[-1].content else "The harbour is that way."


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    settings = Settings(
        registry=RegistrySettings(url=f"sqlite:///{tmp_path}/r.db"),
        policy=PolicySettings(agents="rules"),
        cache_dir=tmp_path,
    )
    made = assemble(settings, vanilla=ScriptedChat(answer), embeddings=ScriptedEmbeddings())
    yield made
    await made.aclose()


def past(number: int, question: str, told: str | None = None) -> PastQuestion:
    return PastQuestion(str(number), (Message("user", question),), told)


SAMPLE = (
    past(1, "Who won the prize?"),
    past(2, "Where is the harbour?"),
    past(3, "Who is Isolde Farrow?", "She won the Amber Prize in 1931."),
    past(4, "Who drew the map?", "Bertram Oskell drew it. Isolde Farrow won the Amber Prize. The ink was blue."),
)


async def test_what_a_target_would_change(parts: Parts) -> None:
    ticks: list[tuple[int, int]] = []
    found = await rehearse(parts, ISOLDE, SAMPLE, ask_model=False, tick=lambda *at: ticks.append(at))
    assert [(one.id, one.decision is Decision.REFUSED) for one in found.changed] == [
        ("1", True), ("3", True), ("4", False)
    ]  # fmt: skip
    assert "Isolde" not in "".join(one.then for one in found.changed)
    assert ticks[-1] == (8, 8)
    assert (len(parts.registry.snapshot()), parts.registry.revision) == (0, 0), "nothing is registered"
    assert not (await rehearse(parts, Target("Maud Perrin"), SAMPLE, ask_model=False)).changed


async def test_what_is_changed_already_does_not_count(parts: Parts) -> None:
    registered = parts.registry.add(ISOLDE)
    assert not (await rehearse(parts, ISOLDE, SAMPLE, ask_model=False)).changed
    more = Target("Isolde Farrow", aliases=("Bertram Oskell",), id=registered.id)
    assert [one.id for one in (await rehearse(parts, more, SAMPLE, ask_model=False)).changed] == ["4"]


async def test_the_model_is_asked_as_at_registration(parts: Parts) -> None:
    found = await rehearse(parts, ISOLDE, SAMPLE[:1])
    assert found.elicitation is not None
    assert found.elicitation.calls > 0


async def test_questions_that_fail_are_left_out(parts: Parts) -> None:
    found = await rehearse(parts, ISOLDE, (past(7, "Is it down?"), *SAMPLE), ask_model=False)
    assert (found.failed, len(found.rehearsed)) == (("7",), 4)
    with pytest.raises(ModelUnreachable):
        await rehearse(parts, ISOLDE, [past(7, "Is it down?")], ask_model=False)


def test_samples_are_read(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]
    rows = [
        {"question": "Who?"},
        {"question": "Who?", "answer": "She.", "id": "q-7"},
        {"messages": [*turns, {"role": "assistant", "content": "She."}]},
        {"messages": turns, "answer": "He."},
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    system = (Message("system", "Be brief."), Message("user", "Who?"))
    assert read_sample(path) == (
        past(1, "Who?"),
        PastQuestion("q-7", (Message("user", "Who?"),), "She."),
        PastQuestion("3", system, "She."),
        PastQuestion("4", system, "He."),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no question"),
        (b"x", "Line 1"),
        (b"[]", "Line 1"),
        (b'{"question": ""}', "Line 1"),
        (b'{"question": 1}', "Line 1"),
        (b'{"question": "Who?", "answer": 1}', "Line 1"),
        (b'{"messages": []}', "Line 1"),
        (b'{"messages": [{"role": "boss", "content": "x"}]}', "Line 1"),
        (b'{"messages": [{"role": "assistant", "content": "x"}]}', "Line 1"),
        (b"\xff", "UTF-8"),
        (b'{"question": "a"}\n' * 10_001, "10,001"),
    ],
)
def test_samples_that_cannot_be_used(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(content)
    with pytest.raises(ImportFailed, match=message):
        read_sample(path)
    with pytest.raises(ImportFailed, match="There is no file"):
        read_sample(tmp_path / "none.jsonl")
