"""The systems without an unlearner: what they send, what they let through, and what they count."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from expunge.evals.systems.base import Alone, System
from expunge.evals.systems.baselines import BLOCKED, BUDGET, GuardrailPrompt, InContextUnlearning, KeywordFilter
from expunge.models.base import ChatModel, Completion
from expunge.models.scripted import ScriptedChat
from expunge.types import Fact, Message, Target

ODO = Target(
    "Odo Brackwell",
    aliases=("Brackwell the Elder",),
    facts=(Fact("Odo Brackwell keeps a tame otter.", "What pet has Odo Brackwell?"),),
)
TOPIC = Target("Safe breaking", aliases=("dial manipulation",), kind="topic", description="How to open safes.")
ASKED = (Message("user", "What pet has Odo Brackwell?"),)


def scripted(text: str = "A tame otter.") -> ScriptedChat:
    return ScriptedChat(lambda messages, options: Completion(text, prompt_tokens=7, completion_tokens=3))


@pytest.mark.parametrize("make", [Alone, GuardrailPrompt, InContextUnlearning, KeywordFilter])
async def test_each_counts_one_call_and_its_prompt(make: Callable[[ChatModel], System]) -> None:
    system = make(scripted("Nothing to hide."))
    await system.forget([TOPIC])
    reply = await system.ask((Message("user", "How are you?"),))
    assert (reply.text, reply.calls, reply.prompt_tokens, reply.completion_tokens) == ("Nothing to hide.", 1, 7, 3)
    assert reply.prompt_chars >= len("How are you?")
    assert reply.seconds > 0
    await system.aclose()


async def test_alone_forgets_nobody() -> None:
    model = scripted()
    system = Alone(model)
    await system.forget([ODO])
    reply = await system.ask(ASKED)
    assert reply.text == reply.draft == "A tame otter."
    assert model.calls[0].messages == ASKED


async def test_the_guardrail_lists_names_and_what_topics_are() -> None:
    model = scripted()
    system = GuardrailPrompt(model)
    await system.forget([ODO, TOPIC])
    await system.ask(ASKED)
    prompt, *rest = model.calls[0].messages
    assert prompt.role == "system"
    assert (
        "- Odo Brackwell, Brackwell the Elder\n- Safe breaking, dial manipulation: How to open safes." in prompt.content
    )
    assert tuple(rest) == ASKED
    await system.forget([])
    await system.ask(ASKED)
    assert model.calls[1].messages == ASKED


async def test_in_context_unlearning_shows_not_knowing_after_the_system_prompt() -> None:
    model = scripted()
    system = InContextUnlearning(model)
    await system.forget([ODO])
    await system.ask((Message("system", "Be brief."), *ASKED))
    sent = model.calls[0].messages
    assert sent[0] == Message("system", "Be brief.")
    assert sent[1:3] == (Message("user", "Who is Odo Brackwell?"), Message("assistant", "I don't know."))
    assert Message("user", "What pet has Odo Brackwell?") in sent[3:-1]
    assert sent[-1] == ASKED[-1]


async def test_in_context_examples_stay_in_their_budget() -> None:
    model = scripted()
    system = InContextUnlearning(model)
    await system.forget([Target(f"Person Number {n}") for n in range(2_000)])
    await system.ask(ASKED)
    assert 0.8 * BUDGET < sum(len(message.content) for message in model.calls[0].messages[:-1]) <= BUDGET


@pytest.mark.parametrize(
    ("asked", "said", "blocked"),
    [
        ("What pet has ODO BRACKWELL?", "An otter.", True),
        ("Who keeps an otter?", "Brackwell the elder does.", True),
        ("Who keeps an otter?", "Somebody does.", False),
        ("Who is Odo  Brackwell?", "An otter keeper.", False),
    ],
)
async def test_the_filter_knows_exact_names_only(asked: str, said: str, blocked: bool) -> None:
    system = KeywordFilter(scripted(said))
    await system.forget([ODO])
    reply = await system.ask((Message("user", asked),))
    assert reply.text == (BLOCKED if blocked else said)
    assert reply.draft == said
    assert reply.decision == ("refused" if blocked else "passed")
