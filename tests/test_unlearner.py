"""The library as a user holds it."""

from __future__ import annotations

import asyncio
import inspect
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import expunge
from expunge.async_unlearner import AsyncTargets, AsyncUnlearner, Opening
from expunge.errors import ConfigError, DuplicateTarget, ModelUnreachable, UnknownTarget, UsageError
from expunge.models.base import ChatOptions, Vectors
from expunge.models.embeddings import CachedEmbeddings
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.registry.store import Registry
from expunge.settings import ModelSettings, ModelsSettings, PolicySettings, RegistrySettings, Settings
from expunge.types import Decision, Fact, Message, Pending, Target
from expunge.unlearner import Targets, Unlearner

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


def test_the_same_target_can_be_added_again(unlearner: Unlearner) -> None:
    first = Target("Orla Fenwick", facts=["She keeps bees."], reason="letter 7")
    made = unlearner.targets.add(first, exist_ok=True).target
    again = unlearner.targets.add(Target("ORLA FENWICK", facts=["She keeps bees."]), exist_ok=True, elicit=True)
    assert (again.target, again.elicitation) == (made, None)
    more = unlearner.targets.add(Target("Orla Fenwick", ["Bee Queen"], ["She has a boat."]), exist_ok=True).target
    assert (more.id, more.aliases, more.reason) == (made.id, ("Bee Queen",), "letter 7")
    assert more.facts == (Fact("She keeps bees."), Fact("She has a boat."))
    unlearner.targets.restore("Orla Fenwick")
    assert unlearner.targets.add(first, exist_ok=True).target.status == "active"
    actions = [change.action for change in unlearner.targets.history("Orla Fenwick")]
    assert actions == ["added", "extended", "restored", "reactivated"]


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
    opening = AsyncUnlearner.open(settings(tmp_path), vanilla=ScriptedChat(knows), embeddings=CachedEmbeddings(inner))
    async with opening as unlearner:
        await unlearner.targets.add(Target("Orla Fenwick", facts=["Her workshop in Skelwith is famous."]))
        texts = [f"The sea is wide, say {number} people. The sky is high." for number in range(40)]
        await unlearner.scrub_many(texts[:1])
        inner.batches.clear()
        await unlearner.scrub_many(texts)
        assert inner.batches == [39], "one batch of the sentences that are new"
        inner.broken = True
        (failed,) = await unlearner.scrub_many(["Something new."])
        assert (failed.text, failed.decision, failed.failed) == ("", Decision.REFUSED, "ModelUnreachable")


def test_doctor_names_each_part(unlearner: Unlearner) -> None:
    checks = {check.name: check for check in unlearner.doctor()}
    assert set(checks) == {"registry", "vanilla", "embeddings", "audit_erase", "critic", "composer"}
    assert all(check.ok for check in checks.values())


async def test_async_and_many_at_once(tmp_path: Path) -> None:
    async with AsyncUnlearner.open(
        settings(tmp_path), vanilla=ScriptedChat(knows), embeddings=ScriptedEmbeddings()
    ) as unlearner:
        await unlearner.targets.add(Target("Orla Fenwick"))
        answers = await asyncio.gather(
            *(unlearner.ask(f"Who is {name}?") for name in ("Orla Fenwick", "Brendan Garrow") * 20)
        )
        assert {answer.decision for answer in answers[::2]} == {Decision.REFUSED}
        assert {answer.text for answer in answers[1::2]} == {KNOWN["Brendan Garrow"]}
        assert (await unlearner.scrub("Orla Fenwick.")).text == ""


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


def opened_at(tmp_path: Path, name: str = "r") -> Unlearner:
    own = settings(tmp_path).model_copy(update={"registry": RegistrySettings(url=f"sqlite:///{tmp_path / name}.db")})
    return Unlearner.open(own, vanilla=ScriptedChat(knows), embeddings=ScriptedEmbeddings())


def threads_of_the_sync_face() -> int:
    return sum(thread.name == "expunge" for thread in threading.enumerate())


def async_opened_at(tmp_path: Path, name: str = "r") -> Opening:
    own = settings(tmp_path).model_copy(update={"registry": RegistrySettings(url=f"sqlite:///{tmp_path / name}.db")})
    return AsyncUnlearner.open(own, vanilla=ScriptedChat(knows), embeddings=ScriptedEmbeddings())


@pytest.mark.parametrize(("sync", "other"), [(Unlearner, AsyncUnlearner), (Targets, AsyncTargets)])
def test_every_method_is_on_both(sync: type, other: type) -> None:
    def methods(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert methods(sync) == methods(other)
    for name in methods(sync) - {"open", "settings", "snapshot"}:
        mine, theirs = vars(sync)[name], vars(other)[name]
        assert inspect.iscoroutinefunction(theirs), name
        assert not inspect.iscoroutinefunction(mine), name
        assert inspect.signature(mine).return_annotation == inspect.signature(theirs).return_annotation, name
        takes = [list(inspect.signature(method).parameters.values()) for method in (mine, theirs)]
        assert takes[0] == takes[1], name


@pytest.mark.parametrize("kind", [Unlearner, Targets])
def test_what_is_returned_can_be_imported_from_the_package(kind: type) -> None:
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        if not name.startswith("_"):
            classes = set(re.findall(r"[A-Z]\w+", str(inspect.signature(method).return_annotation)))
            assert classes - {"None"} <= set(expunge.__all__), name


async def test_every_change_from_async_code(tmp_path: Path) -> None:
    async with async_opened_at(tmp_path) as unlearner:
        targets = unlearner.targets
        (first, second) = await targets.add_many([Target("Orla Fenwick"), Target("Tobin Reyes")])
        assert (await unlearner.ask("Who is Orla Fenwick?")).decision is Decision.REFUSED
        extended = await targets.extend("Orla Fenwick", aliases=["Bee Queen"], facts=["She keeps bees."])
        assert extended.target == await targets.get("Bee Queen")
        assert [target.name for target in await targets.list()] == ["Orla Fenwick", "Tobin Reyes"]
        assert (await targets.pending()).facts == 0
        assert (await targets.restore("Orla Fenwick")).status == "lifted"
        assert (await unlearner.ask("Who is Orla Fenwick?")).text == KNOWN["Orla Fenwick"]
        assert [change.action for change in await targets.history(first.target.id)] == ["added", "extended", "restored"]
        await targets.remove(second.target.id)
        assert len(await targets.list()) == 1
        assert all(check.ok for check in await unlearner.doctor())


async def test_no_method_of_the_async_one_blocks_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A registry that waits for the event loop would wait for ever if it were called in it."""
    loop = asyncio.get_running_loop()
    used: list[str] = []

    def patient(name: str) -> None:
        real = getattr(Registry, name)

        def waits(self: Registry, *args: Any, **kwargs: Any) -> Any:
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(timeout=10)
            used.append(name)
            return real(self, *args, **kwargs)

        monkeypatch.setattr(Registry, name, waits)

    async with async_opened_at(tmp_path) as unlearner:
        targets = unlearner.targets
        names = ["add", "add_many", "extend", "confirm", "get", "list", "restore", "remove", "history"]
        for name in names:
            patient(name)
        await targets.add(Target("Orla Fenwick", facts=[Fact("She keeps bees.", elicited=True)]))
        await targets.add_many([Target("Tobin Reyes")])
        await targets.extend("Tobin Reyes", aliases=["Toby"])
        await targets.confirm("Orla Fenwick")
        await targets.get("Orla Fenwick")
        await targets.list()
        await targets.history("Orla Fenwick")
        await targets.restore("Orla Fenwick")
        await targets.remove("Tobin Reyes")
    assert set(names) <= set(used)


async def test_it_may_be_awaited_and_closed_by_hand(tmp_path: Path) -> None:
    unlearner = await async_opened_at(tmp_path)
    assert (await unlearner.ask("Who is Orla Fenwick?")).text == KNOWN["Orla Fenwick"]
    await unlearner.close()
    await unlearner.close()
    for work in (unlearner.ask("Who?"), unlearner.scrub("x"), unlearner.targets.add(Target("Orla Fenwick"))):
        with pytest.raises(UsageError, match="closed"):
            await work


async def test_one_that_cannot_be_opened_says_so_when_entered(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        async with AsyncUnlearner.open(tmp_path / "none.toml"):
            pass


async def test_sync_methods_within_an_event_loop(tmp_path: Path) -> None:
    with opened_at(tmp_path) as unlearner:
        unlearner.targets.add(Target("Orla Fenwick", facts=["Orla Fenwick carved marionettes."]))
        assert unlearner.ask("Who is Orla Fenwick?").decision is Decision.REFUSED
        assert unlearner.scrub("Nothing here.").text == "Nothing here."
        unlearner.targets.restore("Orla Fenwick")
        assert "marionettes" in unlearner.ask("Who is Orla Fenwick?").text
    assert not threads_of_the_sync_face()


async def test_a_sync_method_does_not_wait_for_what_its_own_event_loop_was_doing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the targets mean is worked out once, by whoever asks first: here by a loop that the second one blocks."""
    monkeypatch.setattr("expunge.screen.semantic.index._PATIENCE", 0.05)
    here = asyncio.get_running_loop()
    begun = asyncio.Event()

    class Slow(ScriptedEmbeddings):
        async def embed(self, texts: Sequence[str]) -> Vectors:
            if asyncio.get_running_loop() is here:
                begun.set()
                await asyncio.sleep(0)
            return await super().embed(texts)

    open_settings = settings(tmp_path)
    with Registry.open(open_settings.registry.url) as registry:
        registry.add(Target("Orla Fenwick", facts=["Orla Fenwick carved marionettes."]))
    with Unlearner.open(open_settings, vanilla=ScriptedChat(knows), embeddings=Slow()) as unlearner:
        beside = AsyncUnlearner(unlearner._parts)
        asking = asyncio.create_task(beside.ask("Who is Orla Fenwick?"))
        await begun.wait()
        assert unlearner.ask("Who is Orla Fenwick?").decision is Decision.REFUSED
        assert (await asking).decision is Decision.REFUSED


async def test_two_at_once_in_one_event_loop(tmp_path: Path) -> None:
    with opened_at(tmp_path, "one") as one, opened_at(tmp_path, "two") as two:
        one.targets.add(Target("Orla Fenwick"))
        two.targets.add(Target("Brendan Garrow"))
        assert one.ask("Who is Brendan Garrow?").text == KNOWN["Brendan Garrow"]
        assert two.ask("Who is Orla Fenwick?").text == KNOWN["Orla Fenwick"]
        assert two.ask("Who is Brendan Garrow?").decision is Decision.REFUSED
        assert one.ask("Who is Orla Fenwick?").decision is Decision.REFUSED
    assert not threads_of_the_sync_face()


def test_event_loops_in_several_threads_and_one_after_another(unlearner: Unlearner) -> None:
    unlearner.targets.add(Target("Orla Fenwick", facts=["Orla Fenwick carved marionettes."]))

    async def both() -> tuple[Decision, Decision]:
        beside = AsyncUnlearner(unlearner._parts)
        return (await beside.ask("Who is Orla Fenwick?")).decision, unlearner.ask("Who is Orla Fenwick?").decision

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: asyncio.run(both()), range(8)))
        plain = list(pool.map(lambda _: unlearner.ask("Who is Orla Fenwick?").decision, range(8)))
    assert asyncio.run(both()) == (Decision.REFUSED, Decision.REFUSED)
    assert set(found) == {(Decision.REFUSED, Decision.REFUSED)}
    assert set(plain) == {Decision.REFUSED}


def test_after_it_was_closed_each_use_says_so(tmp_path: Path) -> None:
    unlearner = opened_at(tmp_path)
    assert unlearner.ask("Who is Orla Fenwick?").text == KNOWN["Orla Fenwick"]
    unlearner.close()
    unlearner.close()
    for use in (
        lambda: unlearner.ask("Who is Orla Fenwick?"),
        lambda: unlearner.scrub("Orla Fenwick."),
        lambda: unlearner.scrub_many(["Orla Fenwick."]),
        lambda: unlearner.targets.add(Target("Orla Fenwick")),
        lambda: unlearner.targets.restore("Orla Fenwick"),
        lambda: unlearner.targets.list(),
        lambda: unlearner.snapshot,
        lambda: unlearner.doctor(),
    ):
        with pytest.raises(UsageError, match="closed"):
            use()
    assert not threads_of_the_sync_face()
    assert unlearner.settings.policy.agents == "rules"


async def test_leaving_after_an_error_hides_nothing(tmp_path: Path) -> None:
    async def fails() -> None:
        async with async_opened_at(tmp_path) as unlearner:
            await unlearner.ask("Who is Orla Fenwick?")
            raise ZeroDivisionError

    async def is_cut_off() -> None:
        async with asyncio.timeout(0.5), async_opened_at(tmp_path) as unlearner:
            await unlearner.ask("Who is Orla Fenwick?")
            await asyncio.Event().wait()

    with pytest.raises(ZeroDivisionError):
        await fails()
    with pytest.raises(TimeoutError):
        await is_cut_off()
    assert not threads_of_the_sync_face()


def test_a_model_that_uses_the_sync_face_is_told_of_the_async_one(tmp_path: Path) -> None:
    opened: list[Unlearner] = []

    def asks_itself(messages: Sequence[Message], options: ChatOptions) -> str:
        return opened[0].ask("Who is Orla Fenwick?").text

    model, embeddings = ScriptedChat(asks_itself), ScriptedEmbeddings()
    with Unlearner.open(settings(tmp_path), vanilla=model, embeddings=embeddings) as unlearner:
        opened.append(unlearner)
        with pytest.raises(UsageError, match="AsyncUnlearner"):
            unlearner.ask("Who is Brendan Garrow?")


async def test_connections_of_both_are_closed(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
                )
                await reader.readexactly(length)
                body = b'{"choices": [{"message": {"role": "assistant", "content": "Hello."}}]}'
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                    % (len(body), body)
                )
        ended.append(1)
        writer.close()

    ended: list[int] = []
    serving: list[asyncio.AbstractEventLoop] = []
    ready = threading.Event()
    addresses: list[int] = []

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        addresses.append(server.sockets[0].getsockname()[1])
        serving.append(asyncio.get_running_loop())
        done = stops[0] = asyncio.Event()
        ready.set()
        await done.wait()
        server.close()

    stops: list[asyncio.Event] = [asyncio.Event()]
    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    await asyncio.to_thread(ready.wait, 10)
    endpoint = ModelSettings(base_url=f"http://127.0.0.1:{addresses[0]}/v1", model="stub")
    own = settings(tmp_path).model_copy(update={"models": ModelsSettings(default=endpoint)})
    async with AsyncUnlearner.open(own, embeddings=ScriptedEmbeddings()) as beside:
        assert (await beside.ask("Who?")).text == "Hello."
    with Unlearner.open(own, embeddings=ScriptedEmbeddings()) as unlearner:
        assert unlearner.ask("Who?").text == "Hello."
    async with asyncio.timeout(10):
        while len(ended) < 2:  # noqa: ASYNC110 - another thread's event loop tells of it
            await asyncio.sleep(0.005)
    serving[0].call_soon_threadsafe(stops[0].set)
    thread.join(10)


def test_opening_waits_where_it_is_asked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expunge.screen.semantic.index.FEW", 1)
    fact = "A magpie sleeps in the belfry above the glazier's yard."
    many = [Target(f"Odo Vantongeren{n}", facts=(Fact(fact), Fact(f"He keeps {n} owls."))) for n in range(4)]

    def opened(**how: Any) -> Unlearner:
        vanilla = ScriptedChat(lambda *_: "Tea is a drink.")
        return Unlearner.open(settings(tmp_path), vanilla=vanilla, embeddings=ScriptedEmbeddings(), **how)

    with opened() as unlearner:
        unlearner.targets.add_many(many, embed=False)
        assert unlearner.targets.pending() == Pending(8, 4)
        assert unlearner.targets.pending(many[:1]).facts == 2
        # The first of them tells how long vectors are.
        assert unlearner.ask("What is tea?").trace.pending == Pending(6, 3)
        assert unlearner.scrub("Tea is a drink.").pending == Pending(6, 3)
    with opened(wait=True) as unlearner:
        assert not unlearner.targets.pending()
        assert not unlearner.ask("What is tea?").trace.pending


def test_embedding_puts_what_was_told_by_words_in_force_by_meaning_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("expunge.screen.semantic.index.FEW", 1)
    fact = "It is not so that they ever were there with us then."  # no telling word
    many = [Target(f"Odo Vantongeren{n}", facts=(Fact(f"He keeps {n} owls."),)) for n in range(3)]
    many.append(Target("Ilse Brackwell", facts=(Fact(fact),)))
    model = ScriptedEmbeddings()
    with Unlearner.open(settings(tmp_path), vanilla=ScriptedChat([]), embeddings=model) as unlearner:
        unlearner.targets.add_many(many, embed=False)
        before = unlearner.scrub(f"{fact} Tea is a drink.")
        assert (before.text, before.pending) == (f"{fact} Tea is a drink.", Pending(3, 3))
        told: list[tuple[int, int]] = []
        unlearner.targets.embed(lambda done, total: told.append((done, total)))
        assert told[-1] == (4, 4)
        after = unlearner.scrub(f"{fact} Tea is a drink.")
        assert fact not in after.text
        assert not after.pending
