"""Long texts by meaning: every different sentence is compared, or the request is over its budget."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import pairwise

import pytest

from expunge.agents.roles import Roles
from expunge.errors import OverBudget
from expunge.models.scripted import ScriptedEmbeddings
from expunge.pipeline import Pipeline
from expunge.screen.matches import Match
from expunge.screen.screen import MOST_CHARACTERS, Screen
from expunge.screen.semantic.embeddings import FactEmbeddings
from expunge.screen.semantic.sentences import MOST_BYTES, Compared, compared_of, different, everywhere
from expunge.settings import PolicySettings
from expunge.text.segment import Span
from expunge.types import Decision, Draft, Evidence, EvidenceKind, Fact, Message, Snapshot, Strength, Target

FACT = "She likes to eat her cake at night with the small cat."
TOLD = "At night she likes to eat her cake with the small cat."
TARGET = Target("Ottoline Brathwick", facts=(Fact(FACT), Fact("Her father sold lamps in Quellmere.")), id="t1")
SNAPSHOT = Snapshot(1, {"t1": TARGET}, 1)
QUESTION = (Message("user", "What is in the paper of today?"),)


def others(count: int) -> list[str]:
    return [f"Number {n} of the boats came into the harbour at {n} past noon." for n in range(count)]


async def found_in(draft: str) -> tuple[Evidence, ...]:
    return await Screen(ScriptedEmbeddings()).read(SNAPSHOT, QUESTION, Draft(draft))


def decided() -> Pipeline:
    policy = PolicySettings(agents="rules", elicit=False)
    return Pipeline(None, Screen(ScriptedEmbeddings()), Roles({}, "rules"), policy)


@pytest.mark.parametrize("place", [0, 59, 61, 200, 339, 399])
async def test_a_fact_is_seen_in_whichever_of_400_sentences_it_stands(place: int) -> None:
    told = others(399)
    told.insert(place, TOLD)
    draft = " ".join(told)
    assert draft.index(TOLD) in {e.start for e in await found_in(draft) if e.kind is EvidenceKind.FACT}


@pytest.mark.parametrize("place", [0, 13, 25, 49])
async def test_a_fact_is_seen_in_whichever_of_50_pieces_in_code_it_stands(place: int) -> None:
    said = others(49)
    said.insert(place, TOLD)
    draft = "\n".join(f"{base64.b64encode(text.encode()).decode()} is what came next over the wire." for text in said)
    assert any(e.kind is EvidenceKind.DECODED and e.target_id == "t1" for e in await found_in(draft))


async def test_half_of_a_fact_in_each_of_two_lines_in_code_is_seen() -> None:
    lines = "\n".join(base64.b64encode(half.encode()).decode() for half in (TOLD[:27], TOLD[27:]))
    assert any(e.kind is EvidenceKind.DECODED and e.target_id == "t1" for e in await found_in(lines))


async def test_a_fact_in_a_sentence_without_an_end_is_seen() -> None:
    draft = " and then ".join([*others(40)[:30], TOLD, *others(40)[30:]]).replace(". ", " ").replace(".", "")
    assert len(draft) > MOST_BYTES
    assert any(e.kind is EvidenceKind.FACT for e in await found_in(draft))


async def test_too_many_sentences_are_over_the_budget() -> None:
    with pytest.raises(OverBudget, match="3,000 different sentences"):
        await found_in(" ".join(others(3_001)))


async def test_over_the_budget_means_refused() -> None:
    outcome = await decided().decide(SNAPSHOT, QUESTION, Draft(" ".join(others(3_001))))
    assert (outcome.decision, outcome.trace.steps[-1].failure) == (Decision.REFUSED, "OverBudget")


@pytest.mark.parametrize("where", ["question", "history", "draft"])
async def test_too_long_a_text_is_refused_wherever_it_stands(where: str) -> None:
    long = "a" * (MOST_CHARACTERS + 1)
    messages = {
        "question": (Message("user", long),),
        "history": (Message("user", long), Message("assistant", "Yes."), *QUESTION),
        "draft": QUESTION,
    }[where]
    outcome = await decided().decide(SNAPSHOT, messages, Draft(long if where == "draft" else "Yes."))
    assert (outcome.decision, outcome.trace.steps[-1].failure) == (Decision.REFUSED, "OverBudget")


async def test_a_long_answer_about_others_passes_as_it_is() -> None:
    draft = " ".join(others(300))
    outcome = await decided().decide(SNAPSHOT, QUESTION, Draft(draft))
    assert (outcome.decision, outcome.text) == (Decision.PASSED, draft)


async def test_sentences_that_are_the_same_are_compared_once_and_seen_everywhere() -> None:
    embeddings = ScriptedEmbeddings()
    draft = f"{TOLD} The boats came in. {TOLD} The boats came in."
    found = await Screen(embeddings).read(SNAPSHOT, QUESTION, Draft(draft))
    assert embeddings.texts.count(TOLD) == 1
    assert {e.start for e in found if e.kind is EvidenceKind.FACT and e.end < len(draft)} >= {0, draft.rindex(TOLD)}


async def test_one_request_compares_a_text_once() -> None:
    embeddings = ScriptedEmbeddings()
    compared = Compared(FactEmbeddings(embeddings))
    first = await compared.vectors(["one", "two", "one"])
    second = await compared.vectors(["two"])
    assert embeddings.texts == ["one", "two"]
    assert (first[1] == second[0]).all()


@pytest.mark.parametrize("text", ["word " * 2_000, "wort" * 1_000, "語" * 3_000, "a" * 1_999])
def test_the_parts_of_a_long_sentence_leave_nothing_out(text: str) -> None:
    parts = sorted(compared_of(text), key=lambda part: part.start)
    assert parts[0].start == 0
    assert parts[-1].end == len(text)
    assert all(later.start < earlier.end for earlier, later in pairwise(parts))
    assert all(len(part.of(text).encode()) <= MOST_BYTES for part in parts)


def test_a_sighting_counts_in_every_piece_that_says_the_same() -> None:
    text = "Yes. No. Yes."
    pieces = [Span(0, 5), Span(5, 9), Span(9, 13)]
    assert different(text, pieces) == pieces[:2]
    seen = Match(0, EvidenceKind.FACT, Strength.LIKELY, 0, 5)
    assert [s.start for s in everywhere(text, pieces, [seen])] == [0, 9]


async def test_what_is_foreseen_of_too_many_sentences_is_nothing() -> None:
    embeddings = ScriptedEmbeddings()
    screen = Screen(embeddings)
    await screen.prepare(SNAPSHOT)
    embeddings.texts.clear()
    texts: Sequence[str] = [" ".join(others(3_001))]
    await screen.foresee(SNAPSHOT, texts)
    assert embeddings.texts == []
