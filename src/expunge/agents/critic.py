"""Critic: marks each rewritten answer for forgetting and for usefulness, without knowing the audit's verdict."""

from __future__ import annotations

from collections.abc import Sequence

from expunge.agents import rendering
from expunge.agents.case import Case, Played
from expunge.agents.fencing import fence
from expunge.agents.reply import Reply, ask, at_once, object_schema
from expunge.models.base import ChatModel
from expunge.prompts.loader import Prompt, load
from expunge.types import Rating, Variant

_MARK = {"type": "integer", "enum": [1, 2, 3, 4, 5]}
_SCHEMA = object_schema(reasoning={"type": "string"}, forgetting=_MARK, usefulness=_MARK)
_TOKENS = 1_024
_EMPTY = Rating(5, 1)
"""An empty answer discloses nothing and helps nobody; the model need not be asked."""


async def rate(
    case: Case, variants: Sequence[Variant], found: Sequence[bool], model: ChatModel, *, echo: bool = False
) -> Played[tuple[Rating, ...]]:
    """A rating for each variant, in order. Each is judged by a call of its own, so none can speak for another.

    `found[i]` says that the screen still sees a target in variant i: its forgetting is 1, whatever the model
    says. With `echo`, repeating what the user typed is no disclosure.

    Raises:
        AgentError: if any call fails or any reply does not parse.
    """
    prompt = load("critic/rate")
    asked = [variant for variant in variants if variant.text]
    replies = iter(await at_once([_rate_one(case, variant, model, prompt, echo) for variant in asked]))
    ratings, chars, tokens = [], 0, 0
    for variant, seen in zip(variants, found, strict=True):
        rating = _EMPTY
        if variant.text:
            reply = next(replies)
            chars += reply.prompt_chars
            tokens += reply.prompt_tokens
            rating = Rating(reply.whole("forgetting", 1, 5), reply.whole("usefulness", 1, 5))
        ratings.append(Rating(1, rating.usefulness) if seen else rating)
    return Played(tuple(ratings), "model", len(asked), chars, prompt.digest, tokens)


async def _rate_one(case: Case, variant: Variant, model: ChatModel, prompt: Prompt, echo: bool) -> Reply:
    values = {
        "targets": rendering.targets(case.shortlist) or "(The list holds no subject.)",
        "conversation": rendering.conversation(case.messages),
        "draft": rendering.draft_text(case.draft),
        "variant": fence("the answer to mark", variant.text),
        "echo": "no" if echo else "yes",
    }
    reply = await ask("the Critic", model, prompt, values, _SCHEMA, _TOKENS)
    reply.text("reasoning")
    return reply
