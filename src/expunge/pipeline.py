"""The path of one request: Vanilla, screen, AuditErase, Critic, Composer, gate.

Top to bottom as `docs/design.md` section 2 tells it. What fails after the draft exists ends in a refusal:
that is `Pipeline.decide`, and nowhere else. An error that nobody foresaw is raised, which is no draft either.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from expunge.agents import audit_erase, composer, critic, vanilla
from expunge.agents.case import Case, Played
from expunge.agents.roles import Roles
from expunge.agents.rules.audit import audit as audit_by_rules
from expunge.agents.rules.compose import compose as compose_by_rules
from expunge.agents.rules.erase import erase as erase_by_rules
from expunge.agents.rules.erase import harmless, less
from expunge.agents.rules.evidence import rewritten
from expunge.agents.rules.rate import rate as rate_by_rules
from expunge.agents.rules.reader import compared_texts
from expunge.agents.rules.survival import Measure
from expunge.counterfactual.refusal import (
    MOST_STRANGERS,
    AskModel,
    Asks,
    CounterfactualRefusal,
    Counterfactuals,
    repeatable,
)
from expunge.counterfactual.repetition import repeats_anything, repeats_rarities
from expunge.errors import AgentError, ExpungeError
from expunge.forms.acting import is_act
from expunge.forms.finding import follows_protocol, form_of
from expunge.models.base import ChatModel, ChatOptions
from expunge.models.scripted import answers_in_order
from expunge.refusals import plain_refusal
from expunge.screen.matches import OTHER, SCATTERED
from expunge.screen.screen import Screen
from expunge.settings import PolicySettings
from expunge.text.budget import budget, counted
from expunge.text.segment import sentences
from expunge.types import (
    DRAFT_CHANNELS,
    Answer,
    Decision,
    Draft,
    Evidence,
    EvidenceKind,
    Finding,
    Message,
    Rating,
    Snapshot,
    Step,
    Strength,
    Target,
    Trace,
    Variant,
)

T = TypeVar("T")
_ON_TRIAL = ("question", *DRAFT_CHANNELS)
"""Channels whose evidence puts a draft on trial; a name in the system prompt or long ago does not."""
_ROUNDS = 3
"""How often what the screen still sees in a rewriting by rules is taken out of it."""
_CLEAR = 4
"""Least mark for forgetting by which a Critic clears what the screen was not certain of."""


@dataclass(slots=True)
class _Steps:
    """The trace while it is written; `keep_texts` lets texts into it."""

    keep_texts: bool
    steps: list[Step] = field(default_factory=list)

    def add(self, step: Step, texts: Sequence[str] = ()) -> None:
        self.steps.append(replace(step, texts=tuple(texts)) if self.keep_texts else step)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision of `Pipeline.decide` on a draft; `text` is what may leave the process."""

    text: str
    decision: Decision
    targets: tuple[str, ...]
    trace: Trace
    words: str = ""
    """Of a plain refusal, the words that `text` puts into the form that the conversation demands."""
    counterfactual: Any = None
    """Of a counterfactual refusal, the whole reply, in the form in which whoever asked for it got it."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A variant as the screen read it: `seen` is what it still sees of targets, `same` that it is the draft itself.

    `holds` says that no Critic can clear what is seen: it is certain, or of a target that was not found in the draft.
    """

    variant: Variant
    seen: tuple[Evidence, ...]
    holds: bool
    same: bool


class Pipeline:
    """Decides what may be answered. Holds no state of a request, so that one object serves many at once.

    Args:
        model: plays Vanilla; None where only texts are scrubbed.
        screen: sees targets in texts.
        roles: who plays the other agents.
        policy: the numbers and texts by which to decide.
    """

    def __init__(self, model: ChatModel | None, screen: Screen, roles: Roles, policy: PolicySettings) -> None:
        self._model = model
        self._screen = screen
        self._roles = roles
        self._policy = policy
        self._counterfactuals: Counterfactuals | None = None
        if model is not None and policy.refusal != "plain":
            strangers = MOST_STRANGERS if policy.refusal == "mirror" else 1
            self._counterfactuals = Counterfactuals(screen, policy.deadline, strangers)

    async def ask(
        self,
        snapshot: Snapshot,
        messages: Sequence[Message],
        options: ChatOptions,
        *,
        keep_draft: bool = False,
        keep_texts: bool = False,
    ) -> Answer:
        """Answer a conversation under the targets of a snapshot.

        Raises:
            ModelError: if Vanilla fails: there is no draft then, and the upstream's error is passed on.
        """
        if self._model is None:
            raise AgentError("This pipeline has no Vanilla model; configure one in [models.vanilla].")
        began = time.perf_counter()
        counterfactual = self.counterfactual(snapshot, messages, options)
        try:
            drafted = await vanilla.answer(self._model, messages, options)
            first = Step(
                "vanilla", "model", _ms(began), drafted.calls, drafted.prompt_chars, prompt_tokens=drafted.prompt_tokens
            )  # the draft's own text goes to the caller only through `keep_draft` or `keep_texts`
            outcome = await self.decide(
                snapshot, messages, drafted.value, counterfactual=counterfactual, keep_texts=keep_texts
            )
        finally:
            if counterfactual is not None:
                counterfactual.close()
        trace = Trace((replace(first, texts=(drafted.value.text,) if keep_texts else ()), *outcome.trace.steps))
        return Answer(
            outcome.text,
            outcome.decision,
            snapshot.revision,
            outcome.targets,
            trace,
            drafted.value if keep_draft else None,
        )

    def counterfactual(
        self,
        snapshot: Snapshot,
        messages: Sequence[Message],
        options: ChatOptions,
        asks: Asks | None = None,
        *,
        spoken: Sequence[Message] | None = None,
        promised: bool = False,
    ) -> CounterfactualRefusal | None:
        """Begin what words the refusal of this conversation; to be closed when it is done. None if refusals are plain.

        By default they are counterfactual. Refusals that the operator worded are used as they are, unless a program
        waits for another form. `asks` asks in Vanilla's place, if it is given. `spoken` is the conversation without
        what tools and schemas say, where that stands among `messages`; `promised` says that the request itself asks
        for a form of the answer.
        """
        if self._counterfactuals is None or self._model is None:
            return None
        if self._policy.refusal == "auto":
            if asks is None and answers_in_order(self._model):
                return None
            in_form = promised or options.schema is not None
            if self._policy.words_refusals and not (
                in_form or follows_protocol(messages if spoken is None else spoken)
            ):
                return None
        return self._counterfactuals.begin(snapshot, messages, asks or AskModel(self._model, messages, options))

    async def decide(
        self,
        snapshot: Snapshot,
        messages: Sequence[Message],
        draft: Draft,
        *,
        counterfactual: CounterfactualRefusal | None = None,
        spoken: Sequence[Message] | None = None,
        keep_texts: bool = False,
    ) -> Outcome:
        """Return what may leave the process in place of a draft. Never raises for an agent's failure: it refuses.

        `counterfactual` words a refusal; without one it is plain, in the form that the conversation demands. `spoken`
        is as for `Pipeline.counterfactual`.
        """
        log = _Steps(keep_texts)
        said = messages if spoken is None else spoken
        try:
            with budget():
                outcome = await self._decide(snapshot, tuple(messages), said, draft, log)
        except (ExpungeError, TimeoutError) as error:
            log.add(Step("failure", "code", 0.0, failure=type(error).__name__))
            outcome = self._refusal(snapshot, messages, said, (), log)
        return outcome if counterfactual is None else await self.reworded(outcome, draft, counterfactual)

    async def reworded(
        self,
        outcome: Outcome,
        draft: Draft,
        counterfactual: CounterfactualRefusal,
        choice: int = 0,
        *,
        asked_ahead: bool = False,
    ) -> Outcome:
        """A refusal in the words of a counterfactual one, or as it is where there is none; any other outcome as it is.

        `choice` is the place of the draft where the model gave several; `asked_ahead` is as in
        `CounterfactualRefusal.refusal`.
        """
        if outcome.decision is not Decision.REFUSED:
            return outcome
        found = outcome.trace.evidence
        reply, step = await counterfactual.refusal(outcome.targets, found, draft, asked_ahead=asked_ahead)
        if step is not None:
            outcome = replace(outcome, trace=Trace((*outcome.trace.steps, step)))
        if reply is None:
            return outcome
        told = reply.drafts[choice if choice < len(reply.drafts) else 0]
        return replace(outcome, text=told.text, words="", counterfactual=reply.reply)

    async def scrub(self, snapshot: Snapshot, text: str) -> Outcome:
        """A text without the targets of a snapshot; refused, with an empty text, if nothing clean is left."""
        outcome = await self.decide(snapshot, (), Draft(text))
        return replace(outcome, text="") if outcome.decision is Decision.REFUSED else outcome

    async def _decide(
        self,
        snapshot: Snapshot,
        messages: tuple[Message, ...],
        spoken: Sequence[Message],
        draft: Draft,
        log: _Steps,
    ) -> Outcome:
        began = time.perf_counter()
        before = self._screen.pending_embeddings
        evidence = await self._screen.read(snapshot, messages, draft)
        # They become fewer while a text is read, and the first reading of all is what finds them.
        pending = max(before, self._screen.pending_embeddings, key=lambda counted: counted.targets)
        log.add(Step("screen", "code", _ms(began), evidence=evidence, pending=pending))
        if self._policy.profile == "paper":
            shortlist = tuple(snapshot)
        else:
            shortlist = _shortlist(snapshot, evidence) if evidence else ()
            if not shortlist:
                return Outcome(draft.text, Decision.PASSED, (), Trace(tuple(log.steps)))
        meanings = await self._screen.meanings(shortlist, compared_texts(draft.text)) if shortlist else None
        case = Case(messages, draft, shortlist, evidence, meanings=meanings)
        findings = await self._audit(case, log)
        if not findings and self._policy.profile == "screened":
            return Outcome(draft.text, Decision.PASSED, (), Trace(tuple(log.steps)))
        ids = tuple(finding.target_id for finding in findings)
        if findings:
            # What the audit cleared (a namesake, say) is not to be marked down by the Critic, nor by the gate.
            by_model = self._policy.profile == "screened" and await self._roles.player("audit_erase") is not None
            cleared = frozenset(target.id for target in shortlist if by_model and target.id not in ids)
            accused = tuple(target for target in shortlist if target.id in ids)
            case = replace(case, shortlist=accused, cleared=cleared)
        text = await self._rewrite(snapshot, case, findings, log) if draft.text.strip() else None
        with counted():
            if text is not None and text != draft.text and _acts_on_what_went(case, text):
                text = None
            if text is None and _calls_are_clean(case, ids):
                text = ""  # nothing is left to say, but an agent goes on with what it calls for
        if text is None:
            return self._refusal(snapshot, messages, spoken, ids, log)
        # What disclosed something in its reasoning leaves without it, be its text unchanged.
        whole = text == draft.text and not (findings and (draft.reasoning or draft.tool_calls))
        decision = Decision.PASSED if whole else Decision.REWRITTEN
        return Outcome(text, decision, ids, Trace(tuple(log.steps)))

    async def _audit(self, case: Case, log: _Steps) -> tuple[Finding, ...]:
        model = await self._roles.player("audit_erase")
        began = time.perf_counter()
        if model is None:
            with counted():
                played = audit_by_rules(case)
        elif self._policy.profile == "paper":
            played = await self._in_time(audit_erase.audit_list(case, model, echo=self._policy.allow_echo))
        else:
            played = await self._in_time(audit_erase.audit(case, model, echo=self._policy.allow_echo))
        log.add(replace(_step("audit", played, began), findings=played.value))
        return played.value

    async def _rewrite(self, snapshot: Snapshot, case: Case, findings: tuple[Finding, ...], log: _Steps) -> str | None:
        """The composed answer, or None where no variant is good enough, or none could be."""
        ids = frozenset(finding.target_id for finding in findings)
        if case.asks_on_topic(ids):
            return None
        screened = self._policy.profile == "screened"
        edits = screened and await self._roles.player("audit_erase") is not None
        looks = screened and await self._roles.player("critic") is not None
        if screened and not edits:
            with counted():
                case = replace(case, harmless=harmless(case, findings))
        read = [await self._read(snapshot, case, findings, v) for v in await self._erase(case, findings, log)]
        if edits and read and all(each.same or each.holds for each in read):
            # Rules stand beside a model each of whose versions still holds a target.
            by_rules = self._erase_by_rules(case, findings, log)
            read += [await self._read(snapshot, case, findings, v) for v in by_rules[:1]]
        unique: dict[tuple[str, str], _Read] = {}
        for each in read:
            unique.setdefault((each.variant.by, each.variant.text), each)
        read = list(unique.values())
        if not read:
            return None
        if edits and looks and _only_in_reasoning(case, ids):
            read = [replace(each, same=False) for each in read]
        # A Critic that is a model is shown what the screen is not certain of, and decides; one by rules cannot.
        found = [each.same or each.holds or bool(each.seen and not looks) for each in read]
        measure = await self._measure(case)
        ratings = await self._rate(case, read, found, measure, log)
        found = [
            f or bool(each.seen and r.forgetting < _CLEAR) for f, each, r in zip(found, read, ratings, strict=True)
        ]
        best = sorted(range(len(read)), key=lambda i: -ratings[i].score)
        if edits:
            # The versions go from the boldest to the most careful: what one discloses says nothing of another.
            best = [i for i in best if not found[i] and ratings[i].score >= self._policy.threshold]
        best = best[: self._policy.keep]
        if not best or sum(ratings[i].score for i in best) / len(best) < self._policy.threshold:
            return None
        text = await self._compose(case, [(read[i].variant, ratings[i]) for i in best], measure, log)
        began = time.perf_counter()
        clean = [read[i] for i in best if not found[i]]
        passes = bool(text.strip()) and await self._passes(snapshot, case, findings, text, clean)
        log.add(Step("gate", "code", _ms(began), failure="" if passes else "residual"))
        return text if passes else next((each.variant.text for each in clean), None)

    async def _erase(self, case: Case, findings: tuple[Finding, ...], log: _Steps) -> list[Variant]:
        """Rewritings that say something."""
        model = await self._roles.player("audit_erase")
        if model is None:
            return self._erase_by_rules(case, findings, log)
        began = time.perf_counter()
        if self._policy.profile == "paper":
            with counted():
                by_rules = erase_by_rules(case, findings, self._policy.variants)
            written = await self._in_time(audit_erase.erase(case, findings, model, self._policy.variants))
            played = replace(written, value=(*written.value, *by_rules.value[:1]))
        else:
            played = await self._in_time(audit_erase.edit(case, findings, model, self._policy.variants))
        log.add(_step("erase", played, began), [variant.text for variant in played.value])
        return [variant for variant in played.value if variant.text.strip()]

    def _erase_by_rules(self, case: Case, findings: tuple[Finding, ...], log: _Steps) -> list[Variant]:
        began = time.perf_counter()
        with counted():
            played = erase_by_rules(case, findings, self._policy.variants)
        log.add(_step("erase", played, began), [variant.text for variant in played.value])
        return [variant for variant in played.value if variant.text.strip()]

    async def _measure(self, case: Case) -> Measure | None:
        """The draft erased once, for Critic and Composer if rules play one of them."""
        if await self._roles.player("critic") is not None and await self._roles.player("composer") is not None:
            return None
        with counted():
            return Measure.of(case)

    async def _rate(
        self, case: Case, read: Sequence[_Read], found: Sequence[bool], measure: Measure | None, log: _Steps
    ) -> tuple[Rating, ...]:
        model = await self._roles.player("critic")
        variants = [each.variant for each in read]
        echo = self._policy.allow_echo
        began = time.perf_counter()
        if model is None:
            with counted():
                played = rate_by_rules(case, variants, found, measure)
        elif self._policy.profile == "paper":
            played = await self._in_time(critic.rate(case, variants, found, model, echo=echo))
        else:
            doubts = [each.seen for each in read]
            played = await self._in_time(critic.rate_versions(case, variants, found, doubts, model, echo=echo))
        log.add(replace(_step("critic", played, began), ratings=played.value))
        return played.value

    async def _compose(
        self, case: Case, rated: Sequence[tuple[Variant, Rating]], measure: Measure | None, log: _Steps
    ) -> str:
        model = await self._roles.player("composer")
        variants = [variant for variant, _ in rated]
        began = time.perf_counter()
        if model is None:
            with counted():
                played = compose_by_rules(case, variants, measure)
        elif self._policy.profile == "paper":
            played = await self._in_time(composer.compose(case, variants, model))
        else:
            # Only versions that are forgotten as well as the best may lend it what it lacks.
            alike = [variant for variant, rating in rated if rating.forgetting >= rated[0][1].forgetting]
            played = await self._in_time(composer.choose(case, alike, model))
        log.add(_step("composer", played, began), [played.value])
        return played.value

    async def _read(self, snapshot: Snapshot, case: Case, findings: Sequence[Finding], variant: Variant) -> _Read:
        """A variant with what the screen still sees in it; one by rules less the elements in which it sees a target."""
        seen = await self._residue(snapshot, case, findings, variant.text)
        for _ in range(_ROUNDS):
            if not seen or variant.by != "rules":
                break
            with counted():
                text = less(variant.text, seen, case, [e.target_id for e in seen])
            if text is None:
                break
            variant = replace(variant, text=text)
            seen = await self._residue(snapshot, case, findings, text)
        # Where the audit found a disclosure, the draft itself is no rewriting of it.
        same = bool(findings and variant.text.strip() == case.draft.text.strip())
        accused = {finding.target_id for finding in findings}
        holds = any(e.strength is Strength.CERTAIN or e.target_id not in accused for e in seen)
        return _Read(variant, seen, holds, same)

    async def _passes(
        self, snapshot: Snapshot, case: Case, findings: Sequence[Finding], text: str, clean: Sequence[_Read]
    ) -> bool:
        """Whether a text may leave: the screen sees no target in it, or only what was looked at in `clean` variants."""
        if any(text == each.variant.text for each in clean):
            return True  # read, letter by letter, before it was rated
        cleared = {(e.target_id, each.variant.text[e.start : e.end]) for each in clean for e in each.seen}
        seen = await self._residue(snapshot, case, findings, text)
        return all(e.strength < Strength.CERTAIN and (e.target_id, text[e.start : e.end]) in cleared for e in seen)

    async def _residue(
        self, snapshot: Snapshot, case: Case, findings: Sequence[Finding], text: str
    ) -> tuple[Evidence, ...]:
        """Return what the screen still finds in a text that is to leave."""
        accused = {finding.target_id for finding in findings}
        evidence = await self._screen.read(snapshot, case.messages, Draft(text))
        with counted():
            evidence = rewritten(case, text, evidence)

        def counts(e: Evidence) -> bool:
            if e.channel != "draft":
                return False
            if e.target_id in case.cleared and e.strength < Strength.CERTAIN:
                return text[e.start : e.end] not in case.draft.text  # the audit looked at the draft, and at nothing new
            return e.strength >= Strength.LIKELY or (e.target_id in accused and e.via not in (OTHER, SCATTERED))

        return tuple(e for e in evidence if counts(e))

    async def _in_time(self, work: Awaitable[T]) -> T:
        async with asyncio.timeout(self._policy.deadline):
            return await work

    def _refusal(
        self,
        snapshot: Snapshot,
        messages: Sequence[Message],
        spoken: Sequence[Message],
        ids: tuple[str, ...],
        log: _Steps,
    ) -> Outcome:
        """Plain ignorance; the same question gets the same words, so that asking again tells nothing."""
        words = plain_refusal(messages, self._policy.refusals)
        form = form_of(spoken)
        text = words if form is None else form.write(words)
        if text != words and self._screen.named(snapshot, [Message("user", text)]):
            text = words  # what the conversation calls the parts of an answer names somebody
        return Outcome(text, Decision.REFUSED, ids, Trace(tuple(log.steps)), words)


def _shortlist(snapshot: Snapshot, evidence: Sequence[Evidence]) -> tuple[Target, ...]:
    ids = dict.fromkeys(e.target_id for e in evidence if e.channel in _ON_TRIAL)
    return tuple(target for target in map(snapshot.get, ids) if target is not None)


def _only_in_reasoning(case: Case, target_ids: Collection[str]) -> bool:
    """Whether the screen sees these targets in a draft's reasoning, and no hint of them in its text or calls."""
    channels = {e.channel for e in case.evidence if e.target_id in target_ids}
    return "reasoning" in channels and channels.isdisjoint(("draft", "tool_call"))


def _acts_on_what_went(case: Case, text: str) -> bool:
    """Whether a step of an agent still acts on what was taken out of it: "NAME works for FIRM. Action: note[FIRM]"."""
    if not is_act(case.draft.text):
        return False
    left = {span.of(text).strip() for span in sentences(text)}
    said = (span.of(case.draft.text).strip() for span in sentences(case.draft.text))
    went = " ".join(sentence for sentence in said if sentence not in left)
    return repeats_rarities(repeatable(case.messages, case.evidence), went, text)


def _calls_are_clean(case: Case, target_ids: Collection[str]) -> bool:
    """Whether a draft's calls may be made without its text: the question is about something else, the screen sees no
    hint of these targets in a call, and none repeats a word of the text that is in nothing said before."""
    evidence = [e for e in case.evidence if e.target_id in target_ids]
    asked = any(
        e.channel == "question" and e.strength > Strength.HINT and e.kind is not EvidenceKind.REFERENCE
        for e in evidence
    )
    calls = case.draft.own_calls
    seen = any(e.channel == "tool_call" and case.text_of(e) in calls for e in evidence)
    if not calls or asked or seen or case.asks_on_topic(target_ids):
        return False
    known = repeatable(case.messages, case.evidence)
    said = f"{case.draft.text}\n{case.draft.reasoning}"
    return not any(repeats_anything(known, said, call) for call in calls)


def _step(name: str, played: Played[T], began: float) -> Step:
    by: Literal["model", "rules"] = played.by
    return Step(
        name,
        by,
        _ms(began),
        played.calls,
        played.prompt_chars,
        played.prompt_digest,
        prompt_tokens=played.prompt_tokens,
    )


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
