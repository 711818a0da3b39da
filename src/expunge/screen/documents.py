"""What a system prompt, a tool or a document tells of a target, so that an answer that repeats it is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from expunge.screen.reference import names_a_person, speaks_of_somebody
from expunge.screen.settling import Marked
from expunge.text.normalise import fold
from expunge.text.segment import Span, sentences
from expunge.types import Fact, Message, Strength, Target


def told_in_documents(found: Sequence[Marked], messages: Sequence[Message]) -> list[Target]:
    """Targets that the system prompt, a tool or a document tells about, with what it tells as their facts.

    Of each passage only the words count that the message does not say of others, too.
    """
    passages: dict[tuple[int, str], tuple[Target, dict[Span, None]]] = {}
    for target, evidence in found:
        if evidence.channel == "system" and evidence.strength > Strength.HINT:
            _, spans = passages.setdefault((evidence.message, target.id), (target, {}))
            spans.update(dict.fromkeys(_passage(messages[evidence.message].content, evidence.start)))
    told: dict[str, tuple[Target, list[Fact]]] = {}
    for (number, _), (target, spans) in passages.items():
        text = messages[number].content
        others = {word for piece in sentences(text) if piece not in spans for word in fold(piece.of(text)).split()}
        for span in spans:
            words = " ".join(word for word in fold(span.of(text)).split() if word not in others)[:2_000]
            told.setdefault(target.id, (target, []))[1].extend([Fact(words)] if words else [])
    return [replace(target, facts=tuple(facts)) for target, facts in told.values()]


def _passage(text: str, start: int) -> Iterator[Span]:
    """The sentence of a text in which something starts, and those after it that go on about the same."""
    about = False
    for piece in sentences(text):
        sentence = piece.of(text)
        about = piece.start <= start < piece.end or (about and _goes_on(sentence))
        if about:
            yield piece


def _goes_on(sentence: str) -> bool:
    return speaks_of_somebody(sentence) and not names_a_person(sentence)
