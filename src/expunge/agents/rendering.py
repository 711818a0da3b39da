"""Cases as agents are shown them: text from outside stands in fences, our own words outside."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from expunge.agents.case import Case
from expunge.agents.fencing import fence
from expunge.types import Draft, Evidence, EvidenceKind, Message, Strength, Target

MOST_DETAILED = 8
"""With more targets than this in one prompt, facts are left out, as in the published list of names."""
MOST_QUOTED = 12
"""Matches of the screen that a prompt lists."""
LONGEST_QUOTE = 160
"""Characters of a match that are quoted."""
_AROUND = 40
"""Characters shown on each side of a match that is no longer than these."""

_ROLES = {
    "system": "the operator",
    "developer": "the operator",
    "user": "the user",
    "assistant": "the assistant",
    "tool": "a tool",
}
_KINDS = {
    EvidenceKind.NAME: "the name",
    EvidenceKind.ALIAS: "an alias",
    EvidenceKind.PARTIAL_NAME: "a part of a name",
    EvidenceKind.SPELLING: "a misspelt or disguised name",
    EvidenceKind.TRANSLITERATION: "a name in another script",
    EvidenceKind.DECODED: "something encoded",
    EvidenceKind.FACT: "something close to a fact",
    EvidenceKind.TOPIC: "something close to the topic",
    EvidenceKind.REFERENCE: "a word that points back at the subject",
}
_CHANNELS = {
    "system": "the operator's instructions",
    "history": "an earlier turn",
    "question": "the last question",
    "draft": "the draft",
    "reasoning": "the draft's reasoning",
    "tool_call": "the draft's tool calls",
}
_STRENGTHS = {1: "a hint", 2: "likely", 3: "certain"}


def conversation(messages: Sequence[Message]) -> str:
    """Every turn in a fence of its own, in order; a sentence of ours where there is none."""
    if not messages:
        return "(There is no conversation: the text stands alone.)"
    count = len(messages)
    return "\n".join(
        fence(f"turn {number} of {count}, by {_ROLES[message.role]}", message.content)
        for number, message in enumerate(messages, 1)
    )


def question(text: str) -> str:
    """The last question, fenced; a sentence of ours where there is none."""
    return fence("the last question", text) if text else "(Nobody asked: the text stands alone.)"


def draft(value: Draft) -> str:
    """The draft on each of its channels, each in a fence."""
    parts = [draft_text(value)]
    if value.reasoning:
        parts.append(fence("the draft's reasoning", value.reasoning))
    parts += [fence("a tool call of the draft", call) for call in value.tool_calls]
    return "\n".join(parts)


def draft_text(value: Draft) -> str:
    """The draft's text alone, fenced."""
    return fence("the draft", value.text)


def target(value: Target, number: int = 1, *, detailed: bool = True) -> str:
    """Return a target as one JSON object in a fence; without its facts unless `detailed`."""
    topic = value.kind == "topic"
    fields: dict[str, object] = {"kind": "topic" if topic else "person or thing", "name": value.name}
    if value.aliases:
        fields["terms" if topic else "also called"] = list(value.aliases)
    if value.description:
        fields["description"] = value.description
    if detailed and value.facts:
        fields["example questions" if topic else "facts"] = [
            {"question": fact.question, "answer": fact.text} if fact.question else fact.text for fact in value.facts
        ]
    return fence(f"subject {number}", json.dumps(fields, ensure_ascii=False, indent=1))


def targets(values: Sequence[Target]) -> str:
    """Targets numbered from 1, with their facts if there are at most `MOST_DETAILED`."""
    detailed = len(values) <= MOST_DETAILED
    return "\n".join(target(value, number, detailed=detailed) for number, value in enumerate(values, 1))


def sightings(case: Case, evidence: Sequence[Evidence]) -> str:
    """Return the matches of the screen for a target: words, how and where; the strongest first, none twice."""
    lines = [
        {"words": words, "seen as": _KINDS[e.kind], "in": _CHANNELS[e.channel], "strength": _STRENGTHS[e.strength]}
        | _place(case.text_of(e), e)
        for e, words in _matched(case, evidence)
    ]
    return _listed("what the screen matched", lines)


def certain(case: Case, target_ids: Collection[str]) -> str:
    """The words of the draft by which the screen is certain of these targets; a sentence of ours if there are none."""
    sure = [e for e in case.evidence if e.strength is Strength.CERTAIN and e.channel == "draft"]
    found = _matched(case, [e for e in sure if e.target_id in target_ids])
    words = list(dict.fromkeys(words for _, words in found))
    return fence("strings that must go", json.dumps(words, ensure_ascii=False)) if words else "(There are none.)"


def doubts(text: str, evidence: Sequence[Evidence]) -> str:
    """Return the likenesses that the screen still sees in a rewritten answer; a sentence of ours if it sees none."""
    lines = [
        {"words": _short(text[e.start : e.end]), "seen as": _KINDS[e.kind], "strength": _STRENGTHS[e.strength]}
        | _place(text, e)
        for e in sorted(evidence, key=lambda e: -e.strength)
    ]
    return _listed("what the screen matched in it", lines)


def _matched(case: Case, evidence: Sequence[Evidence]) -> list[tuple[Evidence, str]]:
    return [(e, _short(case.text_of(e)[e.start : e.end])) for e in sorted(evidence, key=lambda e: -e.strength)]


def _place(text: str, e: Evidence) -> dict[str, str]:
    """Return the place of a match of a few words: its line, as far as a few words beside it."""
    if e.end - e.start > _AROUND:
        return {}
    before = text[max(0, e.start - _AROUND) : e.start].rpartition("\n")[2]
    after = text[e.end : e.end + _AROUND].partition("\n")[0]
    around = f"{before}{text[e.start : e.end]}{after}".strip()
    return {"stands in": around} if before.strip() or after.strip() else {}


def _listed(what: str, lines: Sequence[Mapping[str, str]]) -> str:
    written = list(dict.fromkeys(json.dumps(line, ensure_ascii=False) for line in lines))[:MOST_QUOTED]
    return fence(what, "\n".join(written)) if written else "- nothing"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]} …"
