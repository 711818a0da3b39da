"""Critic: marks rewritten answers for forgetting and for usefulness, without knowing the audit's verdict.

In profile `screened` all versions of a draft are marked in one call (`rate_versions`); in profile `paper` each by one
of its own (`rate`).
"""

from __future__ import annotations

from collections.abc import Sequence

from expunge.agents import rendering
from expunge.agents.case import Case, Played
from expunge.agents.edits import made
from expunge.agents.fencing import fence
from expunge.agents.reply import Reply, ask, at_once, object_schema
from expunge.errors import AgentError
from expunge.models.base import ChatModel
from expunge.prompts.loader import Prompt, load
from expunge.types import Evidence, Rating, Variant

TOGETHER = 60_000
"""Characters of versions that one call is to mark; what is more is marked in several calls, at once."""
MARK = "\u27e6%d\u27e7"
"""How the Critic is shown where a draft was edited."""
_MARK = {"type": "integer", "enum": [1, 2, 3, 4, 5]}
_SCHEMA = object_schema(reasoning={"type": "string"}, forgetting=_MARK, usefulness=_MARK)
_RATING = object_schema(version={"type": "integer"}, reasoning={"type": "string"}, forgetting=_MARK, usefulness=_MARK)
_TOKENS = 1_024
_EMPTY = Rating(5, 1)
"""An empty answer discloses nothing and helps nobody; the model need not be asked."""
_FOUND = Rating(1, 1)
"""What holds a target for certain is not asked about, either."""


async def rate_versions(
    case: Case,
    variants: Sequence[Variant],
    found: Sequence[bool],
    doubts: Sequence[Sequence[Evidence]],
    model: ChatModel,
    *,
    echo: bool = False,
) -> Played[tuple[Rating, ...]]:
    """A rating for each variant, in order, all marked in one call as long as they are not very long.

    `found[i]` says that the screen is certain of a target in variant i: it is marked 1 without being shown. `doubts[i]`
    is what the screen takes for a likeness there; the model is shown it and decides. With `echo`, repeating what the
    user typed is no disclosure.

    Raises:
        AgentError: if any call fails, or any reply does not parse or lacks a variant.
    """
    prompt = load("critic/rate_versions")
    groups = _groups(variants, [n for n, v in enumerate(variants) if v.text and not found[n]])
    replies = await at_once([_rate_group(case, variants, doubts, group, model, prompt, echo) for group in groups])
    marked = {n: rating for _, ratings in replies for n, rating in ratings.items()}
    ratings = [marked.get(n, _EMPTY if not v.text else _FOUND) for n, v in enumerate(variants)]
    chars, tokens = sum(reply.prompt_chars for reply, _ in replies), sum(reply.prompt_tokens for reply, _ in replies)
    return Played(tuple(ratings), "model", len(groups), chars, prompt.digest, tokens)


def _groups(variants: Sequence[Variant], asked: Sequence[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    room = 0
    for number in asked:
        size = len(variants[number].text)
        if not groups or size > room:
            groups.append([])
            room = TOGETHER
        groups[-1].append(number)
        room -= size
    return groups


async def _rate_group(
    case: Case,
    variants: Sequence[Variant],
    doubts: Sequence[Sequence[Evidence]],
    group: Sequence[int],
    model: ChatModel,
    prompt: Prompt,
    echo: bool,
) -> tuple[Reply, dict[int, Rating]]:
    shown = []
    for place, number in enumerate(group, 1):
        variant = variants[number]
        text = made(case.draft.text, variant.changes, MARK) if variant.changes else variant.text
        seen = rendering.doubts(variant.text, doubts[number])
        shown.append(f"{fence(f'version {place}', text)}\n\nMatched in version {place}:\n\n{seen}")
    values = {
        "targets": rendering.targets(case.shortlist) or "(The list holds no subject.)",
        "conversation": rendering.conversation(case.messages),
        "draft": rendering.draft_text(case.draft),
        "count": str(len(group)),
        "versions": "\n\n".join(shown),
        "echo": "no" if echo else "yes",
    }
    schema = object_schema(ratings={"type": "array", "items": _RATING, "minItems": len(group), "maxItems": len(group)})
    reply = await ask("the Critic", model, prompt, values, schema, _TOKENS + 128 * len(group))
    marked: dict[int, Rating] = {}
    for item in reply.objects("ratings", _RATING["properties"]):
        item.text("reasoning")
        number = group[item.whole("version", 1, len(group)) - 1]
        if number in marked:
            raise AgentError("The reply of the Critic marks a version twice; use a more capable model, or rules.")
        marked[number] = Rating(item.whole("forgetting", 1, 5), item.whole("usefulness", 1, 5))
    if len(marked) < len(group):
        raise AgentError("The reply of the Critic leaves a version out; use a more capable model, or rules.")
    return reply, marked


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
