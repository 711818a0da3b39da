"""What the sieve holds back is not embedded; what may say a fact is, wherever it stands and however new the fact is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.screen import Screen
from expunge.screen.semantic import facts
from expunge.screen.semantic import sieve as sieves
from expunge.screen.semantic.embeddings import Vectors, as_rows
from expunge.screen.semantic.facts import Facts
from expunge.screen.semantic.sieve import ACROSS, ENGLISH, LIKELY_QUESTION, OTHERS, UNSURE, WARY, Sensitivity, Sieve
from expunge.types import Draft, Evidence, EvidenceKind, Fact, Message, Snapshot, Target, TargetKind

FACT = "She likes to eat her cake at night with the small cat."
TOLD = "At night she likes to eat her cake with the small cat."
FAR = "All seven boats of the port were there before noon, laden by those who sell salt."
TARGET = Target("Ottoline Brathwick", facts=(Fact(FACT),), id="t1")
QUESTION = (Message("user", "Was steht denn heute Morgen alles so interessantes drin?"),)


class Words:
    """Static vectors that are the scripted model's own: both are made of the words of a text."""

    read: ClassVar[list[str]] = []
    known: ClassVar[dict[str, int]] = {}

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        self.read.extend(texts)
        return [[self.known.setdefault(word, len(self.known)) for word in text.split()] for text in texts]

    def rarity(self, pieces: NDArray[np.int32]) -> Vectors:
        return np.ones(len(pieces), dtype=np.float32)

    def of_pieces(self, pieces: Sequence[list[int]]) -> Vectors:
        words = list(self.known)
        return _vectors([" ".join(words[piece] for piece in row) for row in pieces])

    def of_vectors(self, vectors: Vectors) -> Vectors:
        return vectors


def _vectors(texts: Sequence[str]) -> Vectors:
    model = ScriptedEmbeddings()
    made = model.embed(texts)
    try:
        made.send(None)
    except StopIteration as done:
        found: Vectors = done.value
        return found
    raise AssertionError("the scripted model waits for nothing")


class WithStatic(ScriptedEmbeddings):
    async def static(self) -> Words:
        return Words()


def snapshot(*targets: Target, revision: int = 1) -> Snapshot:
    return Snapshot(revision, {target.id: target for target in targets}, len(targets))


async def read(screen: Screen, draft: str, *targets: Target) -> tuple[Evidence, ...]:
    return await screen.read(snapshot(*targets), QUESTION, Draft(draft))


async def embedded(model: ScriptedEmbeddings, screen: Screen, draft: str, *targets: Target) -> list[str]:
    """What of a draft is embedded."""
    await screen.prepare(snapshot(*targets))
    model.texts.clear()
    await read(screen, draft, *targets)
    return [text for text in model.texts if text in draft]


async def test_what_is_far_from_all_facts_is_not_embedded() -> None:
    model = WithStatic()
    assert await embedded(model, Screen(model), f"{FAR} {TOLD}", TARGET) == [TOLD]


async def test_thorough_embeds_everything() -> None:
    model = WithStatic()
    assert set(await embedded(model, Screen(model, thorough=True), f"{FAR} {TOLD}", TARGET)) == {FAR, TOLD}


async def test_without_static_vectors_everything_is_embedded() -> None:
    model = ScriptedEmbeddings()
    assert set(await embedded(model, Screen(model), f"{FAR} {TOLD}", TARGET)) == {FAR, TOLD}


async def test_topics_in_force_have_everything_embedded() -> None:
    model = WithStatic()
    topic = Target("Beekeeping", kind=TargetKind.TOPIC, facts=(Fact("How are hives kept?"),), id="t2")
    assert set(await embedded(model, Screen(model), f"{FAR} {TOLD}", TARGET, topic)) >= {FAR, TOLD}


async def test_what_is_too_short_to_tell_is_embedded() -> None:
    model = WithStatic()
    assert await embedded(model, Screen(model), f"It was Rome. {FAR}", TARGET) == ["It was Rome."]


@pytest.mark.parametrize("place", [0, 199, 301, 599])
async def test_a_fact_is_found_wherever_it_stands(place: int) -> None:
    said = [f"Number {number} of those boats came into harbour, bringing salt." for number in range(600)]
    said[place] = TOLD
    model, draft = WithStatic(), " ".join(said)
    found = await read(Screen(model), draft, TARGET)
    assert draft.index(TOLD) in {e.start for e in found if e.kind is EvidenceKind.FACT}
    assert sum(text.startswith("Number") for text in model.texts) < 60  # a few share words with it by their hashes


async def test_thousands_of_far_sentences_are_not_over_the_budget() -> None:
    draft = " ".join(f"Number {number} of those boats came into harbour, bringing salt." for number in range(4_000))
    assert not await read(Screen(WithStatic()), draft, TARGET)


async def test_a_new_fact_is_in_force_at_once() -> None:
    model = WithStatic()
    screen = Screen(model)
    other = Target(
        "Vesna Tarlo",
        facts=(Fact("Before noon all seven boats of the port were there, laden by those who sell salt."),),
        id="t2",
    )
    assert await embedded(model, screen, FAR, TARGET) == []
    found = await screen.read(snapshot(TARGET, other, revision=2), QUESTION, Draft(FAR))
    assert {e.target_id for e in found if e.kind is EvidenceKind.FACT} == {"t2"}
    model.texts.clear()
    assert not await screen.read(snapshot(TARGET, revision=3), QUESTION, Draft(FAR))


async def test_what_is_foreseen_is_what_is_read() -> None:
    model = WithStatic()
    screen = Screen(model)
    await screen.prepare(snapshot(TARGET))
    model.texts.clear()
    await screen.foresee(snapshot(TARGET), [f"{FAR} {TOLD}"])
    assert model.texts == [TOLD]


def sieve(
    texts: Sequence[str], languages: Sequence[str], questions: Sequence[bool], rows: Vectors | None = None
) -> Sieve:
    named = list(dict.fromkeys(languages))
    vectors = _vectors(texts) if rows is None else rows
    places = np.array([named.index(one) for one in languages], dtype=np.uint8)
    return Sieve(Words(), texts, as_rows(vectors), named, places, np.array(questions))


def heard(held: Sieve, keys: Sequence[bytes], static: Vectors, languages: Sequence[str], *, question: bool) -> Any:
    return held.hear(keys, [[0]] * len(keys), static, languages, [question] * len(keys))


def passing(
    held: Sieve,
    static: Vectors,
    languages: Sequence[str],
    *,
    question: bool,
    sensitivity: Sensitivity = Sensitivity.HINTS,
) -> list[bool]:
    keys = [bytes([number]) for number in range(len(languages))]
    found = heard(held, keys, static, languages, question=question)
    return [
        held.passes(one, language, sensitivity, question=question)
        for one, language in zip(found, languages, strict=True)
    ]


@pytest.mark.parametrize(
    ("language", "fact", "count", "sensitivity", "floor"),
    [
        ("en", "en", 400, Sensitivity.HINTS, ENGLISH),
        ("en", "en", 400, Sensitivity.EVERY_HINT, WARY),
        ("en", "en", 1, Sensitivity.HINTS, WARY),
        ("de", "de", 400, Sensitivity.HINTS, ENGLISH),
        ("fr", "fr", 400, Sensitivity.HINTS, OTHERS),
        ("en", "fr", 400, Sensitivity.HINTS, ACROSS),
        ("en", "fr", 1, Sensitivity.EVERY_HINT, ACROSS),
        ("", "en", 400, Sensitivity.HINTS, UNSURE),
        ("en", "", 400, Sensitivity.HINTS, UNSURE),
    ],
)
def test_the_floor_depends_on_languages_and_numbers(
    language: str, fact: str, count: int, sensitivity: Sensitivity, floor: float
) -> None:
    held = sieve([FACT] * count, [fact] * count, [False] * count)
    along = _vectors([FACT])
    across = np.zeros_like(along)
    across[0, int(np.flatnonzero(along[0] == 0)[0])] = 1.0
    for off, passed in ((0.01, True), (-0.01, False)):
        share = (floor + off) / 2  # the fact's words and its vector are the same here
        vector = (along * share + across * np.sqrt(1 - share**2)).astype(np.float32)
        assert passing(held, vector, [language], question=False, sensitivity=sensitivity) == [passed]


def test_a_fact_of_no_known_language_is_in_that_of_nearly_all_others() -> None:
    along = _vectors([FACT])
    for others, floor in (("en", ENGLISH), ("cyrillic", UNSURE)):
        held = sieve([FACT] * 400, [others] * 399 + [""], [True] * 399 + [False])
        across = np.zeros_like(along)
        across[0, int(np.flatnonzero(along[0] == 0)[0])] = 1.0
        for off, passed in ((0.01, True), (-0.01, False)):
            share = (floor + off) / 2
            vector = (along * share + across * np.sqrt(1 - share**2)).astype(np.float32)
            assert passing(held, vector, ["en"], question=False) == [passed]


def test_facts_of_another_language_do_not_lower_the_floor_within_the_own() -> None:
    along = _vectors([FACT])
    other = _vectors(["zzyx qwv"])
    assert abs(float((along @ other.T)[0, 0])) < ACROSS / 2
    held = sieve([FACT] * 400 + ["zzyx qwv"] * 4, ["en"] * 400 + ["fr"] * 4, [False] * 404)
    across = np.zeros_like(along)
    across[0, int(np.flatnonzero((along[0] == 0) & (other[0] == 0))[0])] = 1.0
    for off, passed in ((0.01, True), (-0.01, False)):
        share = (ENGLISH + off) / 2
        vector = (along * share + across * np.sqrt(1 - share**2)).astype(np.float32)
        assert passing(held, vector, ["en"], question=False) == [passed]


def test_very_many_facts_have_no_sieve(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = as_rows(_vectors([FACT]))
    assert Facts([TARGET], rows, Words()).sieve is not None
    monkeypatch.setattr(facts, "MOST_FACTS", 0)
    assert Facts([TARGET], rows, Words()).sieve is None


def test_vectors_that_come_twice_count_once() -> None:
    held = sieve([FACT], ["en"], [False], np.zeros((1, 512), dtype=np.float32))
    once = as_rows(_vectors([FAR]))
    held.put(0, once)
    before = held._vectors.copy()
    held.put(0, once)
    assert np.array_equal(held._vectors, before)


def test_a_statement_is_not_held_against_questions() -> None:
    held = sieve([FACT], ["en"], [True])
    assert all(passing(held, _vectors([TOLD]), ["en"], question=True))
    assert not any(passing(held, _vectors([TOLD]), ["en"], question=False))


def test_a_text_of_unknown_words_passes() -> None:
    held = sieve([FACT], ["en"], [False])
    assert all(passing(held, np.zeros((1, 512), dtype=np.float32), ["en"], question=False))


def test_vectors_that_come_later_count() -> None:
    nothing = np.zeros((1, 512), dtype=np.float32)
    held = sieve([FACT], ["en"], [False], nothing)
    before = all(passing(held, _vectors([TOLD]), ["fr"], question=False))
    held.put(0, as_rows(_vectors([FAR])))
    assert before
    assert all(passing(held, _vectors([FAR]), ["fr"], question=False))


def test_what_was_heard_of_a_question_does_not_hold_for_a_statement() -> None:
    held = sieve([FACT, FAR], ["en", "en"], [False, True])
    keys = [b"said", b"asked"]
    asks = [False, True]
    found = held.hear(keys, Words().pieces([TOLD, TOLD]), _vectors([TOLD, TOLD]), ["en", "en"], asks)
    assert held.remembered(keys, asks) == found
    assert held.remembered(keys, [True, False]) == [None, None]
    assert [
        held.passes(one, "en", Sensitivity.LIKELY, question=asked) for one, asked in zip(found, asks, strict=True)
    ] == [
        True,
        True,
    ]


async def test_a_fact_that_question_and_draft_tell_in_the_same_words_is_found_in_the_draft() -> None:
    screen = Screen(WithStatic(), hints=False)
    draft = f"{FAR} {TOLD}"
    found = await screen.read(snapshot(TARGET), [Message("user", TOLD)], Draft(draft))
    assert draft.index(TOLD) in {e.start for e in found if e.kind is EvidenceKind.FACT and e.channel == "draft"}


def test_what_was_heard_before_a_vector_came_is_forgotten() -> None:
    held = sieve([FACT], ["en"], [False], np.zeros((1, 512), dtype=np.float32))
    heard(held, [b"key"], _vectors([FAR]), ["en"], question=False)
    held.put(0, as_rows(_vectors([FAR])))
    assert held.remembered([b"key"], [False]) == [None]


def test_what_is_heard_while_a_vector_comes_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    held = sieve([FACT], ["en"], [False], np.zeros((1, 512), dtype=np.float32))
    measured = held._held_against

    def overtaken(*args: Any) -> Any:
        found = measured(*args)
        held.put(0, as_rows(_vectors([FAR])))
        return found

    monkeypatch.setattr(held, "_held_against", overtaken)
    heard(held, [b"key"], _vectors([FAR]), ["en"], question=False)
    assert held.remembered([b"key"], [False]) == [None]


def test_only_so_many_sentences_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieves, "_REMEMBERED", 2)
    held = sieve([FACT], ["en"], [False])
    for key in (b"1", b"2", b"3"):
        heard(held, [key], _vectors([FAR]), ["en"], question=False)
    assert [one is None for one in held.remembered([b"1", b"2", b"3"], [False] * 3)] == [True, False, False]


async def test_a_sentence_is_held_against_the_facts_once() -> None:
    model = WithStatic()
    screen = Screen(model)
    await screen.prepare(snapshot(TARGET))
    await screen.foresee(snapshot(TARGET), [FAR])
    Words.read.clear()
    await read(screen, FAR, TARGET)
    assert FAR not in Words.read
    assert QUESTION[0].content in Words.read


async def test_the_words_of_a_fact_are_not_remembered() -> None:
    model = WithStatic()
    screen = Screen(model)
    await screen.prepare(snapshot(TARGET))
    Words.read.clear()
    await read(screen, FACT, TARGET)
    assert FACT in Words.read


SHARING = "The small cat likes the night, and cake to eat."
NEAR = _vectors([FACT]) * np.float32(0.33)
"""Closer to the fact than anything must be that hints at it, and yet farther than what says it."""


def likely(held: Sieve, said: str, static: Vectors, language: str = "en", *, question: bool = False) -> bool:
    found = held.hear([b"key"], Words().pieces([said]), static, [language], [question])
    return held.passes(found[0], language, Sensitivity.LIKELY, question=question)


def test_what_says_a_fact_likely_shares_words_with_it() -> None:
    held = sieve([FACT], ["en"], [False])
    assert passing(held, NEAR, ["en"], question=False) == [True]
    assert likely(held, SHARING, NEAR)
    assert not likely(held, FAR, NEAR)


def test_words_are_not_asked_for_across_languages() -> None:
    held = sieve([FACT], ["en"], [False])
    assert likely(held, FAR, NEAR, "fr")
    assert likely(held, FAR, NEAR, "")


def test_what_is_near_to_very_many_facts_may_say_one_of_them() -> None:
    held = sieve([FACT] * 33, ["en"] * 33, [False] * 33)
    assert likely(held, FAR, _vectors([FACT]))
    assert not likely(held, FAR, NEAR)


def test_of_the_many_facts_that_a_sentence_is_near_to_one_may_share_its_words() -> None:
    others = [f"{FAR} {number}" for number in range(40)]
    held = sieve([*others, FACT], ["en"] * 41, [False] * 41, np.repeat(_vectors([FACT]), 41, axis=0))
    assert likely(held, SHARING, _vectors([FACT]) * np.float32(0.6))


@pytest.mark.parametrize(("off", "passed"), [(0.01, True), (-0.01, False)])
def test_a_question_is_likely_near_enough_without_its_words(off: float, passed: bool) -> None:
    held = sieve([FACT], ["en"], [True])
    assert likely(held, FAR, _vectors([FACT]) * np.float32((LIKELY_QUESTION + off) / 2), question=True) is passed


def test_a_text_of_unknown_words_may_say_anything_likely() -> None:
    held = sieve([FACT], ["en"], [False])
    assert likely(held, "", np.zeros((1, 512), dtype=np.float32))


def unlikely_screen(model: WithStatic) -> Screen:
    return Screen(model, hints=False)


HINTING = "A small cat sat in the garden until it got dark outside."


async def test_for_rules_a_mere_hint_is_not_embedded() -> None:
    model = WithStatic()
    held = [HINTING, TOLD]
    assert set(await embedded(model, Screen(model), " ".join(held), TARGET)) == {HINTING, TOLD}
    model = WithStatic()
    assert await embedded(model, unlikely_screen(model), " ".join(held), TARGET) == [TOLD]


async def test_where_the_request_names_a_target_hints_are_embedded() -> None:
    model = WithStatic()
    screen = unlikely_screen(model)
    await screen.prepare(snapshot(TARGET))
    model.texts.clear()
    await screen.read(snapshot(TARGET), [Message("user", "Who is Ottoline Brathwick?")], Draft(HINTING))
    assert HINTING in model.texts


async def test_hints_in_question_and_draft_are_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieves, "PAIRED_QUESTION", 0.5)
    monkeypatch.setattr(sieves, "PAIRED_DRAFT", 0.5)
    model = WithStatic()
    screen = unlikely_screen(model)
    await screen.prepare(snapshot(TARGET))
    for question, looked in ((FAR, False), ("Who likes to eat her cake at night?", True)):
        model.texts.clear()
        await screen.read(snapshot(TARGET), [Message("user", question)], Draft(HINTING))
        assert (HINTING in model.texts) is looked


async def test_a_short_sentence_may_say_a_short_fact_only() -> None:
    long, short = TARGET, Target("Vesna Tarlo", facts=(Fact("She lives in Rome by the sea."),), id="t2")
    for target, looked in ((long, []), (short, ["It was Rome."])):
        model = WithStatic()
        assert await embedded(model, unlikely_screen(model), f"It was Rome. {FAR}", target) == looked


async def test_what_is_foreseen_of_a_question_is_what_is_read_of_it() -> None:
    model = WithStatic()
    screen = unlikely_screen(model)
    await screen.prepare(snapshot(TARGET))
    model.texts.clear()
    await screen.foresee(snapshot(TARGET), [f"{FAR} {TOLD}"], question=True)
    assert model.texts == [TOLD]
