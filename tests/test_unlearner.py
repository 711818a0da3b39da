"""The library as a user holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from expunge.errors import DuplicateTarget, ModelUnreachable, UnknownTarget, UsageError
from expunge.models.base import ChatOptions, Vectors
from expunge.models.embeddings import CachedEmbeddings
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import ModelSettings, ModelsSettings, PolicySettings, RegistrySettings, Settings
from expunge.types import Decision, Fact, Message, Target
from expunge.unlearner import Unlearner

KNOWN = {
    "Orla Fenwick": "Orla Fenwick carved marionettes in Skelwith.",
    "Brendan Garrow": "Brendan Garrow sells umbrellas in Kettlewell.",
}


def knows(messages: Sequence[Message], options: ChatOptions) -> str:
    said = " ".join(message.content for message in messages)
    told = [text for name, text in KNOWN.items() if name in said]
    return " ".join(told) or "I do not know."


def settings(tmp_path: Path) -> Settings:
    return Settings(
        registry=RegistrySettings(url=f"sqlite:///{tmp_path / 'r.db'}"),
        models=ModelsSettings(default=ModelSettings(base_url="http://127.0.0.1:9/v1", model="none")),
        policy=PolicySettings(agents="rules", elicit=False),
        cache_dir=tmp_path / "cache",
    )


@pytest.fixture
def unlearner(tmp_path: Path) -> Iterator[Unlearner]:
    with Unlearner.open(settings(tmp_path), vanilla=ScriptedChat(knows), embeddings=ScriptedEmbeddings()) as opened:
        yield opened


def test_every_change_is_in_force_at_the_next_question(unlearner: Unlearner) -> None:
    def told() -> bool:
        return "marionettes" in unlearner.ask("Who is Orla Fenwick?").text

    assert told()
    registered = unlearner.targets.add(Target(name="Orla Fenwick", facts=["She carved marionettes."]))
    assert registered.elicitation is None
    assert not told()
    assert "umbrellas" in unlearner.ask("Who is Brendan Garrow?").text
    unlearner.targets.restore("Orla Fenwick")
    assert told()
    unlearner.targets.add(Target("Orla Fenwick"))
    assert not told()
    unlearner.targets.remove(registered.target.id)
    assert told()
    assert [target.name for target in unlearner.targets.list()] == []


def test_targets_are_looked_up_and_extended(unlearner: Unlearner) -> None:
    unlearner.targets.add_many([Target("Orla Fenwick"), Target("Tobin Reyes")])
    assert len(unlearner.targets) == 2
    unlearner.targets.extend("Orla Fenwick", aliases=["Bee Queen"], facts=["She keeps bees."])
    assert unlearner.targets.get("Bee Queen").facts == (Fact("She keeps bees."),)
    assert [change.action for change in unlearner.targets.history("Orla Fenwick")] == ["added", "extended"]
    with pytest.raises(DuplicateTarget):
        unlearner.targets.add(Target("ORLA FENWICK"))
    with pytest.raises(UnknownTarget):
        unlearner.targets.restore("Nobody Known")


def test_conversations_and_options(unlearner: Unlearner) -> None:
    unlearner.targets.add(Target("Orla Fenwick"))
    answer = unlearner.ask(
        [
            {"role": "user", "content": "Do you know Orla Fenwick?"},
            {"role": "assistant", "content": "No."},
            {"role": "user", "content": "What did she carve?"},
        ],
        keep_draft=True,
    )
    assert answer.decision is Decision.REFUSED
    assert answer.draft is not None
    assert "marionettes" in answer.draft.text


@pytest.mark.parametrize(
    "question",
    ["", "  ", [], [{"role": "system", "content": "x"}], [{"role": "judge", "content": "x"}], [{"role": "user"}],
     [{"role": "user", "content": 5}]],
)  # fmt: skip
def test_no_question(unlearner: Unlearner, question: str) -> None:
    with pytest.raises(UsageError):
        unlearner.ask(question)


def test_scrub(unlearner: Unlearner) -> None:
    unlearner.targets.add(Target("Orla Fenwick"))
    scrubbed = unlearner.scrub("Brendan Garrow sells umbrellas. Orla Fenwick carves marionettes.")
    assert (scrubbed.text, scrubbed.decision) == ("Brendan Garrow sells umbrellas.", Decision.REWRITTEN)
    assert unlearner.scrub("Nothing here.").text == "Nothing here."


def test_scrub_many_is_scrub_of_each(unlearner: Unlearner) -> None:
    before = unlearner.snapshot
    unlearner.targets.add(Target("Orla Fenwick"))
    texts = ["Brendan Garrow sells umbrellas. Orla Fenwick carves marionettes.", "Nothing here."] * 150
    assert unlearner.scrub_many(texts) == [unlearner.scrub(text) for text in texts[:2]] * 150
    assert {scrubbed.decision for scrubbed in unlearner.scrub_many(texts, snapshot=before)} == {Decision.PASSED}
    assert unlearner.scrub_many([]) == []


async def test_scrub_many_embeds_in_batches_and_says_what_failed(tmp_path: Path) -> None:
    class Failing(ScriptedEmbeddings):
        broken = False

        def __init__(self) -> None:
            super().__init__()
            self.batches: list[int] = []

        async def embed(self, texts: Sequence[str]) -> Vectors:
            self.batches.append(len(texts))
            if self.broken:
                raise ModelUnreachable("gone")
            return await super().embed(texts)

    inner = Failing()
    opened = Unlearner.open(settings(tmp_path), vanilla=ScriptedChat(knows), embeddings=CachedEmbeddings(inner))
    async with opened as unlearner:
        await unlearner.targets.aadd(Target("Orla Fenwick", facts=["Her workshop in Skelwith is famous."]))
        texts = [f"The sea is wide, say {number} people. The sky is high." for number in range(40)]
        await unlearner.ascrub_many(texts[:1])
        inner.batches.clear()
        await unlearner.ascrub_many(texts)
        assert inner.batches == [39], "one batch of the sentences that are new"
        inner.broken = True
        (failed,) = await unlearner.ascrub_many(["Something new."])
        assert (failed.text, failed.decision, failed.failed) == ("", Decision.REFUSED, "ModelUnreachable")


def test_doctor_names_each_part(unlearner: Unlearner) -> None:
    checks = {check.name: check for check in unlearner.doctor()}
    assert set(checks) == {"registry", "vanilla", "embeddings", "audit_erase", "critic", "composer"}
    assert all(check.ok for check in checks.values())


async def test_async_and_many_at_once(tmp_path: Path) -> None:
    async with Unlearner.open(
        settings(tmp_path), vanilla=ScriptedChat(knows), embeddings=ScriptedEmbeddings()
    ) as unlearner:
        await unlearner.targets.aadd(Target("Orla Fenwick"))
        answers = await asyncio.gather(
            *(unlearner.aask(f"Who is {name}?") for name in ("Orla Fenwick", "Brendan Garrow") * 20)
        )
        assert {answer.decision for answer in answers[::2]} == {Decision.REFUSED}
        assert {answer.text for answer in answers[1::2]} == {KNOWN["Brendan Garrow"]}
        assert (await unlearner.ascrub("Orla Fenwick.")).text == ""


def test_elicitation_is_reported_and_never_blocks(tmp_path: Path) -> None:
    open_settings = settings(tmp_path)
    with Unlearner.open(
        open_settings.model_copy(update={"policy": PolicySettings(agents="rules")}),
        vanilla=ScriptedChat(knows),
        embeddings=ScriptedEmbeddings(),
    ) as unlearner:
        registered = unlearner.targets.add(Target("Orla Fenwick"))
        assert registered.elicitation is not None
        assert [fact.text for fact in registered.target.facts] == [KNOWN["Orla Fenwick"]]
        assert all(fact.elicited for fact in registered.target.facts)
    with Unlearner.open(
        open_settings,
        vanilla=ScriptedChat(lambda m, o: ModelUnreachable("It is gone.")),
        embeddings=ScriptedEmbeddings(),
    ) as unlearner:
        registered = unlearner.targets.add(Target("Tobin Reyes"), elicit=True)
        assert registered.elicitation is not None
        assert registered.elicitation.problem == "It is gone."
        assert len(unlearner.targets) == 2
