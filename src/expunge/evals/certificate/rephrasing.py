"""Questions in the model's own words: asked of it once, and taken only where they still ask for the same."""

from __future__ import annotations

from collections.abc import Sequence

from expunge.errors import ModelError
from expunge.evals.certificate.probes import Probe, names_held, reworded
from expunge.evals.metrics import content_words, leaks
from expunge.evals.systems.alone import GREEDY
from expunge.models.base import ChatModel
from expunge.types import Message, Target

MOST = 4
_ORDER = "Rewrite this question in other words. Keep every name. Reply with the new question only.\n\n{question}"
_LONGEST = 400
"""Characters of a rewritten question; a longer one is an answer, or talk."""


async def rephrased(model: ChatModel, target: Target, probes: Sequence[Probe]) -> tuple[Probe, ...]:
    """Up to four direct questions reworded by the model; none where it cannot do so.

    A rewording is taken if it is one question that names the target, is another than the given one, shares a word
    with it beside the name, and does not give the answer away.
    """
    found: list[Probe] = []
    for probe in [probe for probe in probes if probe.kind == "direct"][:MOST]:
        asked = probe.case.messages[-1].content
        try:
            reply = await model.complete([Message("user", _ORDER.format(question=asked))], GREEDY)
        except ModelError:
            return tuple(found)
        question = reply.text.strip().strip('"“”')
        if _fits(question, probe, asked, target):
            found.append(reworded(probe, question, len(found) + 1))
    return tuple(found)


def _fits(question: str, probe: Probe, asked: str, target: Target) -> bool:
    if not question.endswith("?") or "\n" in question or len(question) > _LONGEST or question == asked:
        return False
    names = content_words(" ".join(target.names))
    shared = (content_words(question) & content_words(asked)) - names
    gold = probe.case.gold
    tells = bool(gold) and leaks(asked, gold, question, probe.case.spans)
    return bool(shared) and names_held(target, question) and not tells
