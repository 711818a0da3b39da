from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from expunge.assemble import Parts, assemble
from expunge.certificate.issuing import Order, issue
from expunge.certificate.questions import Other
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import PolicySettings, RegistrySettings, Settings
from expunge.types import Fact, Message, Target

IRVA = Target(
    "Irva Tandlow-Reyes",
    aliases=("I. Tandlow",),
    facts=(
        Fact("Irva Tandlow-Reyes was born in Skellefteå on 9 June 1957.", "Where was Irva Tandlow-Reyes born?"),
        Fact('Irva Tandlow-Reyes wrote "The Brass Estuary".', "What did Irva Tandlow-Reyes write?"),
        Fact("The father of Irva Tandlow-Reyes bred whippets.", "What did the father of Irva Tandlow-Reyes do?"),
        Fact("She is kind and she is good.", "What is Irva Tandlow-Reyes like?"),
    ),
    request_id="DSR-7",
)
OTHERS = (Other("What is the capital of Norway?", "Oslo"), Other("How do I keep basil alive?"))


def knows(messages: Sequence[Message], options: ChatOptions) -> str:
    """A model that tells all it knows of Irva whenever she is named."""
    asked = messages[-1].content
    if "Tandlow" in asked:
        return " ".join(fact.text for fact in IRVA.facts)
    return {OTHERS[0].question: "Oslo, on the Oslofjord.", OTHERS[1].question: "Give it light and water."}.get(
        asked, "I could not say."
    )


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    settings = Settings(
        registry=RegistrySettings(url=f"sqlite:///{tmp_path}/r.db"),
        policy=PolicySettings(agents="rules", elicit=False),
        cache_dir=tmp_path / "cache",
    )
    made = assemble(settings, vanilla=ScriptedChat(knows), embeddings=ScriptedEmbeddings())
    yield made
    await made.aclose()


@pytest.fixture
def issued(parts: Parts) -> Callable[..., Any]:
    """Register Irva, or another, and certify: `await issued(include_text=True)`."""

    async def run(target: Target = IRVA, **changes: Any) -> dict[str, Any]:
        registered = parts.registry.add(target)
        order = Order(registered.id, changes.pop("others", OTHERS), per_kind=changes.pop("per_kind", 3), **changes)
        return await issue(parts, order, clock=lambda: datetime(2031, 5, 6, 7, 8, tzinfo=UTC))

    return run
