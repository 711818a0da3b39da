"""AuditErase: judges what a draft discloses, then takes it out.

In profile `screened` it takes out by exact edits (`edit`); in profile `paper` it writes the draft anew (`erase`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from expunge.agents import rendering
from expunge.agents.case import Case, Played
from expunge.agents.edits import Edit, edited
from expunge.agents.reply import Reply, ask, at_once, object_schema, tokens_for
from expunge.errors import AgentError
from expunge.models.base import ChatModel
from expunge.prompts.loader import Prompt, load
from expunge.types import DRAFT_CHANNELS, Finding, Strength, Target, Variant

MOST_AUDITED = 8
"""Targets put to the model one by one; those beyond, by strength of evidence, count as disclosed unasked."""

_TEXT = {"type": "string"}
_DISCLOSURE = {"type": "string", "enum": ["none", "indirect", "direct"]}
_AUDIT_SCHEMA = object_schema(reasoning=_TEXT, disclosure=_DISCLOSURE)
_LIST_ITEM = object_schema(number={"type": "integer"}, disclosure={"type": "string", "enum": ["indirect", "direct"]})
_LIST_SCHEMA = object_schema(reasoning=_TEXT, targets={"type": "array", "items": _LIST_ITEM})
_VERDICT_TOKENS = 1_024
_EDIT = object_schema(find=_TEXT, until=_TEXT, put=_TEXT)

Disclosure = Literal["none", "indirect", "direct"]


async def audit(case: Case, model: ChatModel, *, echo: bool = False) -> Played[tuple[Finding, ...]]:
    """Return which targets of the shortlist the draft discloses, each judged by a call of its own, at once.

    With `echo`, repeating what the user typed is no disclosure. Certain evidence in the draft stands
    whatever the model says. The findings follow the shortlist's order.

    Raises:
        AgentError: if any call fails or any reply does not parse.
    """
    prompt = load("audit_erase/audit")
    asked = _strongest(case)
    replies = await at_once([_audit_one(case, target, model, prompt, echo) for target in asked])
    verdicts = {target.id: _disclosure(reply) for target, reply in zip(asked, replies, strict=True)}
    findings = _findings(case, verdicts)
    chars, tokens = sum(reply.prompt_chars for reply in replies), sum(reply.prompt_tokens for reply in replies)
    return Played(findings, "model", len(replies), chars, prompt.digest, tokens)


async def audit_list(case: Case, model: ChatModel, *, echo: bool = False) -> Played[tuple[Finding, ...]]:
    """The audit as published: one call with the whole list of targets, by name, alias and description.

    Raises:
        AgentError: if the call fails, or the reply does not parse or names a target twice or one beyond the list.
    """
    prompt = load("audit_erase/audit_list")
    values = {
        "targets": "\n".join(rendering.target(t, n, detailed=False) for n, t in enumerate(case.shortlist, 1))
        or "(The list holds no subject.)",
        "conversation": rendering.conversation(case.messages),
        "draft": rendering.draft(case.draft),
        "echo": "no" if echo else "yes",
    }
    limit = _VERDICT_TOKENS + 24 * min(len(case.shortlist), 200)
    reply = await ask("the audit", model, prompt, values, _LIST_SCHEMA, limit)
    reply.text("reasoning")
    verdicts: dict[str, Disclosure] = {target.id: "none" for target in case.shortlist}
    for item in reply.objects("targets", _LIST_ITEM["properties"]):
        target = case.shortlist[item.whole("number", 1, len(case.shortlist)) - 1]
        if verdicts[target.id] != "none":
            raise AgentError("The reply of the audit names a target twice; use a more capable model, or rules.")
        verdicts[target.id] = _disclosure(item)
    return Played(_findings(case, verdicts), "model", 1, reply.prompt_chars, prompt.digest, reply.prompt_tokens)


async def erase(
    case: Case, findings: Sequence[Finding], model: ChatModel, variants: int
) -> Played[tuple[Variant, ...]]:
    """The draft's text written anew without the targets found, in up to `variants` different ways.

    Without findings (profile `paper`) every target of the shortlist is to be erased. An empty text means
    that nothing is left to say. Doubles and texts over four times the draft and 2,000 characters are left
    out. Only the draft's text is rewritten; its reasoning and tool calls are not.

    Raises:
        AgentError: if the call fails, the reply does not parse, or no usable variant is in it.
    """
    prompt = load("audit_erase/erase")
    found = {finding.target_id for finding in findings}
    targets = [target for target in case.shortlist if target.id in found or not found]
    values = {
        "count": str(variants),
        "targets": rendering.targets(targets) or "(The list holds no subject.)",
        "conversation": rendering.conversation(case.messages),
        "draft": rendering.draft_text(case.draft),
    }
    schema = object_schema(variants={"type": "array", "items": _TEXT, "minItems": 1, "maxItems": variants})
    reply = await ask("the eraser", model, prompt, values, schema, tokens_for(case.draft.text, variants))
    longest = 4 * len(case.draft.text) + 2_000
    texts = dict.fromkeys(text if text.strip() else "" for text in reply.texts("variants")[:variants])
    usable = tuple(Variant(text, "model") for text in texts if len(text) <= longest)
    if not usable:
        raise AgentError("The reply of the eraser holds no usable variant; use a more capable model, or rules.")
    return Played(usable, "model", 1, reply.prompt_chars, prompt.digest, reply.prompt_tokens)


async def edit(case: Case, findings: Sequence[Finding], model: ChatModel, variants: int) -> Played[tuple[Variant, ...]]:
    """The draft's text without the targets found, in up to `variants` versions, each made by exact edits.

    A single empty variant means that nothing is left to say; one that equals the draft, that nothing in it is about
    the targets. A version with an edit that does not fit, or that breaks JSON or YAML, is left out, and so are doubles
    and texts over four times the draft and 2,000 characters.

    Raises:
        AgentError: if the call fails, the reply does not parse, or no version of it can be made.
    """
    prompt = load("audit_erase/edit")
    found = {finding.target_id for finding in findings}
    targets = [target for target in case.shortlist if target.id in found]
    values = {
        "count": str(variants),
        "targets": rendering.targets(targets) or "(The list holds no subject.)",
        "strings": rendering.certain(case, found),
        "conversation": rendering.conversation(case.messages),
        "draft": rendering.draft_text(case.draft),
    }
    versions = {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}, "maxItems": variants}
    schema = object_schema(nothing_left={"type": "boolean"}, edits={"type": "array", "items": _EDIT}, versions=versions)
    reply = await ask("the eraser", model, prompt, values, schema, tokens_for(case.draft.text, 2))
    edits = [
        Edit(item.text("find"), item.text("until"), item.text("put"))
        for item in reply.objects("edits", _EDIT["properties"])
    ]
    chosen = reply.number_lists("versions")[:variants]
    made = [Variant("", "model")] if reply.flag("nothing_left") else _versions(case.draft.text, edits, chosen)
    return Played(tuple(made), "model", 1, reply.prompt_chars, prompt.digest, reply.prompt_tokens)


def _versions(draft: str, edits: Sequence[Edit], chosen: Sequence[Sequence[int]]) -> list[Variant]:
    longest = 4 * len(draft) + 2_000
    made: dict[str, Variant] = {}
    failed: AgentError | None = None
    for numbers in chosen:
        try:
            if not all(1 <= number <= len(edits) for number in numbers):
                raise AgentError("The eraser names an edit that it does not give; use a more capable model, or rules.")
            variant = edited(draft, [edits[number - 1] for number in numbers])
        except AgentError as error:
            failed = failed or error
            continue
        if len(variant.text) <= longest:
            made.setdefault(variant.text, variant)
    if not made:
        raise failed or AgentError(
            "The reply of the eraser holds no usable version; use a more capable model, or rules."
        )
    return list(made.values())


async def _audit_one(case: Case, target: Target, model: ChatModel, prompt: Prompt, echo: bool) -> Reply:
    values = {
        "target": rendering.target(target),
        "sightings": rendering.sightings(case, case.evidence_of(target.id)),
        "conversation": rendering.conversation(case.messages),
        "draft": rendering.draft(case.draft),
        "echo": "no" if echo else "yes",
    }
    reply = await ask("the audit", model, prompt, values, _AUDIT_SCHEMA, _VERDICT_TOKENS)
    reply.text("reasoning")
    return reply


def _disclosure(reply: Reply) -> Disclosure:
    match reply.fields["disclosure"]:
        case "none":
            return "none"
        case "indirect":
            return "indirect"
        case "direct":
            return "direct"
        case _:
            raise AgentError("The reply of the audit holds no known verdict; use a more capable model, or rules.")


def _strongest(case: Case) -> tuple[Target, ...]:
    strength: dict[str, int] = {}
    for found in case.evidence:
        strength[found.target_id] = max(found.strength, strength.get(found.target_id, 0))
    return tuple(sorted(case.shortlist, key=lambda target: -strength.get(target.id, 0))[:MOST_AUDITED])


def _findings(case: Case, verdicts: dict[str, Disclosure]) -> tuple[Finding, ...]:
    certain = {e.target_id for e in case.evidence if e.strength == Strength.CERTAIN and e.channel in DRAFT_CHANNELS}
    findings = []
    for target in case.shortlist:
        verdict = verdicts.get(target.id)
        if verdict in ("indirect", "direct"):
            findings.append(Finding(target.id, verdict, "model"))
        elif target.id in certain:
            findings.append(Finding(target.id, "direct", "rules"))
        elif verdict is None:
            findings.append(Finding(target.id, "indirect", "rules"))
    return tuple(findings)
