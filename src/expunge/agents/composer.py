"""Composer: makes one answer of the best rewritten ones. It is shown no target and no draft.

In profile `screened` it chooses, place by place, among the wordings of versions of one text (`choose`); in profile
`paper` it writes the merged answer (`compose`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from expunge.agents import rendering
from expunge.agents.case import Case, Played
from expunge.agents.edits import made
from expunge.agents.fencing import fence
from expunge.agents.reply import ask, object_schema, tokens_for
from expunge.agents.validity import broken
from expunge.errors import AgentError
from expunge.models.base import ChatModel
from expunge.prompts.loader import load
from expunge.types import Change, Variant

_SCHEMA = object_schema(answer={"type": "string"})
_AROUND = 120
"""Characters shown before and after a place in which versions differ."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A piece of the draft that some version changes, and its wording in each version, in order."""

    start: int
    end: int
    wordings: tuple[str, ...]


async def choose(case: Case, variants: Sequence[Variant], model: ChatModel) -> Played[str]:
    """One answer made of `variants`, versions of the draft, the best first: that one, unless another keeps something
    that it lacks; then the model chooses the wording of each place in which they differ.

    Nothing comes in that no variant holds. Variants that are not made by edits are passed over after the first; what
    would break JSON or YAML is not made of several.

    Raises:
        AgentError: if the call fails or the reply does not parse.
    """
    prompt = load("composer/choose")
    best = variants[0]
    versions = [variant for variant in variants if variant.changes]
    if len(versions) < 2 or versions[0] is not best:
        return Played(best.text, "model", prompt_digest=prompt.digest)
    places = _places(case.draft.text, versions)
    differing = [place for place in places if len(set(place.wordings)) > 1]
    if all(len(place.wordings[0]) >= max(map(len, place.wordings)) for place in differing):
        return Played(best.text, "model", prompt_digest=prompt.digest)
    values = {
        "question": rendering.question(case.question),
        "count": str(len(versions)),
        "places": "\n\n".join(_shown(case.draft.text, places, place, n) for n, place in enumerate(differing, 1)),
    }
    number = {"type": "integer", "enum": list(range(1, len(versions) + 1))}
    choices = {"type": "array", "items": number, "minItems": len(differing), "maxItems": len(differing)}
    reply = await ask("the Composer", model, prompt, values, object_schema(choices=choices), 1_024)
    chosen = reply.numbers("choices", 1, len(versions))
    if len(chosen) != len(differing):
        raise AgentError("The reply of the Composer does not fit the places; use a more capable model, or rules.")
    taken = dict(zip(differing, chosen, strict=True))
    text = made(case.draft.text, [Change(p.start, p.end, p.wordings[taken.get(p, 1) - 1]) for p in places])
    if not text.strip() or broken(case.draft.text, text):
        text = best.text
    return Played(text, "model", 1, reply.prompt_chars, prompt.digest, reply.prompt_tokens)


def _places(draft: str, versions: Sequence[Variant]) -> list[_Place]:
    spans: list[tuple[int, int]] = []
    for change in sorted((c for version in versions for c in version.changes), key=lambda c: (c.start, c.end)):
        if spans and change.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], change.end))
        else:
            spans.append((change.start, change.end))
    return [_Place(start, end, tuple(_wording(draft, v, start, end) for v in versions)) for start, end in spans]


def _wording(draft: str, version: Variant, start: int, end: int) -> str:
    inside = [c for c in version.changes if start <= c.start and c.end <= end]
    return made(draft[start:end], [Change(c.start - start, c.end - start, c.new) for c in inside])


def _shown(draft: str, places: Sequence[_Place], place: _Place, number: int) -> str:
    """A place as it reads in each version; around it stands what all versions show, or the first one does."""
    at = places.index(place)
    first = [Change(p.start, p.end, p.wordings[0]) for p in places]
    before = made(draft[: place.start], first[:at])[-_AROUND:]
    after = made(draft[place.end :], [Change(c.start - place.end, c.end - place.end, c.new) for c in first[at + 1 :]])
    shown: dict[str, str] = {}
    for candidate, wording in enumerate(place.wordings, 1):
        text = f"{before}{wording}{after[:_AROUND]}"
        shown.setdefault(wording, fence(f"place {number}, candidate {candidate}", text))
    return "\n".join(shown.values())


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
