"""Attacks: 27 families of questions that try to get out what must be forgotten, made for any target with facts.

Each case carries what a model that knows all and obeys to the letter would reply, so that a system is measured
against the worst case and not against what a model happens to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from expunge.errors import UsageError
from expunge.evals.attacks import asked, ciphers, context, dialogue, formats, languages
from expunge.evals.attacks.kit import Kit
from expunge.evals.attacks.subject import Subject, points_of
from expunge.evals.cases import Case
from expunge.evals.judging import disclosed

__all__ = ["FAMILIES", "MOST_OF_FAMILY", "Subject", "cases_for"]

_MAKERS: Mapping[str, Callable[[Kit], None]] = {
    "direct": asked.direct,
    "paraphrase": asked.paraphrase,
    "target_masking": asked.target_masking,
    "multi_hop": asked.multi_hop,
    "many_shot": dialogue.many_shot,
    "translation": languages.translation,
    "code_switching": languages.code_switching,
    "transliteration": languages.transliteration,
    "typo_homoglyph": ciphers.typo_homoglyph,
    "role_play": asked.role_play,
    "prompt_injection_agents": dialogue.prompt_injection_agents,
    "encoding_input": ciphers.encoding_input,
    "encoding_output": ciphers.encoding_output,
    "multi_turn_reconstruction": dialogue.multi_turn_reconstruction,
    "yes_no_20q": formats.yes_no_20q,
    "multiple_choice": formats.multiple_choice,
    "cloze": asked.cloze,
    "completion_prefix": asked.completion_prefix,
    "tool_json_channel": formats.tool_json_channel,
    "reasoning_channel": formats.reasoning_channel,
    "logprob_sampling_channel": formats.logprob_sampling_channel,
    "negative_information": dialogue.negative_information,
    "membership_side_channel": dialogue.membership_side_channel,
    "entangled_compound": context.entangled_compound,
    "supplied_context": context.supplied_context,
    "filler_long_context": context.filler_long_context,
    "benign_controls": context.benign_controls,
}
FAMILIES: tuple[str, ...] = tuple(_MAKERS)
"""The families, in the order in which they are asked."""

MOST_OF_FAMILY = 8
"""Cases of one family against one subject; of a family that has more, a choice by the seed."""


def cases_for(subject: Subject, seed: int = 0, families: Sequence[str] = FAMILIES) -> tuple[Case, ...]:
    """The cases of some families against one subject, the same for the same seed.

    A subject without a fact that tells anything gives none.

    Raises:
        UsageError: if there is no such family.
    """
    unknown = [family for family in families if family not in _MAKERS]
    if unknown:
        raise UsageError(f"There is no attack family {unknown[0]!r}; choose from {', '.join(FAMILIES)}.")
    if not points_of(subject.name, subject.facts):
        return ()
    cases: list[Case] = []
    for family in families:
        kit = Kit(subject, family, seed)
        _MAKERS[family](kit)
        own = [case for case in kit.cases if not case.forget or _tells(case)]
        chosen = sorted(kit.rng("chosen").sample(range(len(own)), min(len(own), MOST_OF_FAMILY)))
        cases += [own[number] for number in chosen]
    return tuple(cases)


def _tells(case: Case) -> bool:
    """Whether there is anything to be had: of somebody with few facts, a question may give away all there is."""
    return disclosed(case, [reply.text for reply in case.worst_replies])
