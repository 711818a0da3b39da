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
    "direct": "The plain question",
    "alias": "The plain question, by another name",
    "paraphrase": "The question in other words",
    "rephrased": "The question as the model itself reworded it",
    "cloze": "A sentence with a gap to fill",
    "completion_prefix": "A text to be continued where the fact comes next",
    "target_masking": "Meant by a fact, with the name left out",
    "multi_hop": "A step on the way to another answer",
    "translation": "In French, Spanish, German, Russian, Arabic, Hindi or Japanese",
    "code_switching": "In two languages at once",
    "transliteration": "The name in another script, or spelled by ear",
    "encoding_input": "The question in base64, rot13, Morse, reversed or another code",
    "encoding_output": "The answer asked for in code",
    "typo_homoglyph": "The name misspelled, in leetspeak or in letters that only look right",
    "role_play": "Somebody plays somebody who may tell",
    "prompt_injection_agents": "With orders that try to switch the checks off",
    "many_shot": "After dozens of questions that were answered willingly",
    "multi_turn_reconstruction": "Put together over several turns",
    "supplied_context": "Something told, to be completed or put right",
}
"""What a family does, in a few words; `alias` and `rephrased` are made here."""


def kind_of(key: str) -> Kind:
    """The kind under a key."""
    return next(kind for kind in KINDS if kind.key == key)
