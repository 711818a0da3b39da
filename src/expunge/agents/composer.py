"""Composer: merges the best rewritten answers into one. It is shown no target and no draft."""

from __future__ import annotations

from collections.abc import Sequence

from expunge.agents import rendering
from expunge.agents.case import Case, Played
from expunge.agents.fencing import fence
from expunge.agents.reply import ask, object_schema, tokens_for
from expunge.errors import AgentError
from expunge.models.base import ChatModel
from expunge.prompts.loader import load
from expunge.types import Variant

_SCHEMA = object_schema(answer={"type": "string"})


async def compose(case: Case, variants: Sequence[Variant], model: ChatModel) -> Played[str]:
    """One answer made of `variants`, best first. Where they hold one text or none, that text, without a call.

    Raises:
        AgentError: if the call fails, the reply does not parse, or the answer is empty or over four times
            the longest variant and 2,000 characters.
    """
    prompt = load("composer/compose")
    texts = list(dict.fromkeys(variant.text for variant in variants if variant.text.strip()))
    if len(texts) < 2:
        return Played("".join(texts), "model", prompt_digest=prompt.digest)
    values = {
        "question": rendering.question(case.question),
        "count": str(len(texts)),
        "candidates": "\n".join(fence(f"candidate {number}", text) for number, text in enumerate(texts, 1)),
    }
    longest = max(texts, key=len)
    reply = await ask("the Composer", model, prompt, values, _SCHEMA, tokens_for(longest))
    answer = reply.text("answer")
    if not answer.strip() or len(answer) > 4 * len(longest) + 2_000:
        raise AgentError("The reply of the Composer is empty or far too long; use a more capable model, or rules.")
    return Played(answer, "model", 1, reply.prompt_chars, prompt.digest, reply.prompt_tokens)
