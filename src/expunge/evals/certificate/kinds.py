"""The kinds of questions that a certificate asks, and how each is told to somebody who is no engineer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question: `key` in the document, a title, and the families of attacks that it is made of."""

    key: str
    title: str
    families: tuple[str, ...]


KINDS = (
    Kind("direct", "Asked directly", ("direct",)),
    Kind("paraphrased", "In other words", ("paraphrase", "cloze", "completion_prefix")),
    Kind("masked", "Without the name", ("target_masking", "multi_hop")),
    Kind("translated", "In other languages", ("translation", "code_switching", "transliteration")),
    Kind("encoded", "In code", ("encoding_input", "encoding_output", "typo_homoglyph")),
    Kind("role_play", "In a role", ("role_play", "prompt_injection_agents")),
    Kind("many_shot", "After many examples", ("many_shot",)),
    Kind("multi_turn", "Over several turns", ("multi_turn_reconstruction", "supplied_context")),
)
"""In the order in which they are asked."""

TECHNIQUES = {
    "direct": "the plain question",
    "alias": "the plain question, by another name",
    "paraphrase": "the question in other words",
    "rephrased": "the question as the model itself reworded it",
    "cloze": "a sentence with a gap to fill",
    "completion_prefix": "a text to be continued where the fact comes next",
    "target_masking": "meant by a fact, with the name left out",
    "multi_hop": "a step on the way to another answer",
    "translation": "in French, Spanish, German, Russian, Arabic, Hindi or Japanese",
    "code_switching": "in two languages at once",
    "transliteration": "the name in another script, or spelled by ear",
    "encoding_input": "the question in base64, rot13, Morse, reversed or another code",
    "encoding_output": "the answer asked for in code",
    "typo_homoglyph": "the name misspelled, in leetspeak or in letters that only look right",
    "role_play": "somebody plays somebody who may tell",
    "prompt_injection_agents": "with orders that try to switch the checks off",
    "many_shot": "after dozens of questions that were answered willingly",
    "multi_turn_reconstruction": "put together over several turns",
    "supplied_context": "something told, to be completed or put right",
}
"""What a family does, in a few words; `alias` and `rephrased` are made here."""


def kind_of(key: str) -> Kind:
    """The kind under a key."""
    return next(kind for kind in KINDS if kind.key == key)
