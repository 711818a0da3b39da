"""The screen as a whole, as tables: what is seen, how surely, and what is let be."""

from __future__ import annotations

import base64
import codecs

import pytest

from expunge.models.embeddings import CachedEmbeddings
from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.screen import Screen
from expunge.types import Draft, Evidence, EvidenceKind, Fact, Message, Snapshot, Strength, Target

K = EvidenceKind
NAME = "Orla Maeve Fenwick"
SENTENCE = f"{NAME} keeps bees."


def best(evidence: tuple[Evidence, ...], *channels: str) -> Evidence | None:
    here = [e for e in evidence if e.channel in (channels or ("question", "draft"))]
    return max(here, key=lambda e: (e.strength, e.score), default=None)


@pytest.mark.parametrize(
    ("text", "kinds", "strength"),
    [
        (f"Who is {NAME}?", {K.NAME}, Strength.CERTAIN),
        ("who is orla maeve fenwick", {K.NAME}, Strength.CERTAIN),
        ("WHO IS ÓRLA MAEVE FENWICK’S FATHER", {K.NAME}, Strength.CERTAIN),
        ("Or\u200bla Mae\u2060ve Fen\u00adwick", {K.NAME}, Strength.CERTAIN),
        ("Ｏｒｌａ Ｍａｅｖｅ Ｆｅｎｗｉｃｋ", {K.NAME}, Strength.CERTAIN),
        ("O r l a   M a e v e   F e n w i c k", {K.NAME}, Strength.CERTAIN),
        ("o-r-l-a m-a-e-v-e f-e-n-w-i-c-k", {K.NAME}, Strength.CERTAIN),
        ("orla_maeve_fenwick.txt", {K.NAME}, Strength.CERTAIN),
        ("orlamaevefenwick", {K.NAME}, Strength.CERTAIN),
        ("Fenwick, Orla Maeve", {K.NAME}, Strength.CERTAIN),
        ("the bee queen of Tarn", {K.ALIAS}, Strength.CERTAIN),
        ("Orla Fenwick", {K.PARTIAL_NAME}, Strength.LIKELY),
        ("O. M. Fenwick", {K.PARTIAL_NAME}, Strength.LIKELY),
        ("Orla Mave Fenwyck", {K.SPELLING}, Strength.LIKELY),
        ("Basyr Mahfood Al Kadri", {K.SPELLING}, Strength.LIKELY),
        ("Bāsir Maḥfūd al-Qādrī", {K.NAME, K.SPELLING}, Strength.LIKELY),
        ("Orl4 M43v3 F3nw1ck", {K.SPELLING}, Strength.LIKELY),
        ("Оrlа Mаеvе Fеnwісk", {K.SPELLING}, Strength.LIKELY),
        ("Басир Махфуд Аль-Кадри", {K.TRANSLITERATION}, Strength.LIKELY),
        ("Dmitri Kovalensky", {K.TRANSLITERATION}, Strength.LIKELY),
        (base64.b64encode(SENTENCE.encode()).decode(), {K.DECODED}, Strength.CERTAIN),
        (SENTENCE.encode().hex(), {K.DECODED}, Strength.CERTAIN),
        (codecs.encode(SENTENCE, "rot13"), {K.DECODED}, Strength.LIKELY),
        (SENTENCE[::-1], {K.DECODED}, Strength.LIKELY),
        ("".join(f"%{byte:02x}" for byte in NAME.encode()), {K.DECODED}, Strength.CERTAIN),
        ("".join(f"&#{ord(c)};" for c in NAME), {K.NAME, K.DECODED}, Strength.CERTAIN),
        ("".join(f"\\u{ord(c):04x}" for c in NAME), {K.DECODED}, Strength.CERTAIN),
        ("Will Young", {K.NAME}, Strength.CERTAIN),
        ("Tobin Ashgrove Reyes", {K.NAME}, Strength.CERTAIN),
    ],
)
async def test_seen(read, text: str, kinds: set[EvidenceKind], strength: Strength) -> None:  # type: ignore[no-untyped-def]
    for question, draft, channel in ((text, "", "question"), ("Who?", text, "draft")):
        found = best(await read(question, draft), channel)
        assert found is not None
        assert found.kind in kinds
        assert found.strength >= strength


@pytest.mark.parametrize(
    "text",
    [
        "Will young people vote this year, and will they say why?",
        "Who was Orla, the saint?",
        "Where did Brendan Fenwick go to school?",
        "John Smith and Joan Smythe run a shop in Leeds.",
        "They met Maeve. Fenwick is a village nearby.",
        "The Reyes family moved to Ashgrove Road in 1931.",
        "How do I keep bees through a cold winter?",
        "Write a function that sorts a list of names; use `orl` as the variable.",
        "Дмитрий Петров живёт в Москве.",
        "Tobin is a first name, Reyes is a family name.",
        "commit 3f2a9c1d8e7b6a5f4e3d2c1b0a9f8e7d6c5b4a39 fixes the build",
        "",
    ],
)
async def test_let_be(read, text: str) -> None:  # type: ignore[no-untyped-def]
    for question, draft in ((text, ""), ("Tell me.", text)):
        found = best(await read(question, draft))
        assert found is None or found.strength is Strength.HINT


async def test_span_and_channel_point_at_the_name(read) -> None:  # type: ignore[no-untyped-def]
    draft = f"As far as I know, {NAME}’s bees won."
    found = best(await read("Who won?", draft), "draft")
    assert found is not None
    assert draft[found.start : found.end] == NAME
    assert (found.target_id, found.channel) == ("t0", "draft")


async def test_every_channel_of_a_draft_is_read(people) -> None:  # type: ignore[no-untyped-def]
    snapshot = Snapshot(1, {"t": Target(NAME, id="t")}, 1, {})
    draft = Draft("Done.", reasoning=f"It is {NAME}.", tool_calls=(f'save({{"name": "{NAME}"}})',))
    evidence = await Screen().read(snapshot, [Message("user", "Do it.")], draft)
    assert {e.channel for e in evidence} == {"reasoning", "tool_call"}


async def test_a_part_alone_is_evidence_only_in_company(read) -> None:  # type: ignore[no-untyped-def]
    alone = best(await read("Who won?", "It was Maeve, they say."), "draft")
    assert alone is None
    company = best(await read(f"Did {NAME} win?", "It was Maeve, they say."), "draft")
    assert company is not None
    assert (company.kind, company.strength) == (K.PARTIAL_NAME, Strength.LIKELY)


@pytest.mark.parametrize(
    "question",
    [
        "What did her father do?",
        "And the mother?",
        "When was she born?",
        "Quel était le métier de son père ?",
        "Und wo wurde sie geboren?",
        "¿Dónde nació ella?",
        "А кто её отец?",
        "彼女はどこで生まれましたか？",
        "What prize did that author win?",
    ],
)
async def test_a_follow_up_points_back(read, question: str) -> None:  # type: ignore[no-untyped-def]
    history = [
        ("user", f"Do you know {NAME}?"),
        ("assistant", "I'm not familiar with that."),
        ("user", "How does one make a candle of wax?"),
        ("assistant", "Melt it slowly and pour it around a wick."),
        ("user", "Thanks, that is useful."),
        ("assistant", "You're welcome."),
    ]
    found = best(await read(question, "A florist.", history), "question")
    assert found is not None
    assert (found.kind, found.strength, found.target_id) == (K.REFERENCE, Strength.LIKELY, "t0")


@pytest.mark.parametrize(
    "question", ["What is the capital of Norway?", "How do I sort a list of numbers in Python without a loop?"]
)
async def test_another_subject_does_not(read, question: str) -> None:  # type: ignore[no-untyped-def]
    assert best(await read(question, "Oslo.", [("user", f"Who is {NAME}?"), ("assistant", "I don't know.")])) is None


async def test_a_pronoun_for_somebody_named_since_is_a_hint_only(read) -> None:  # type: ignore[no-untyped-def]
    history = [("user", f"Who is {NAME}?"), ("assistant", "No idea."), ("user", "And Sarah Jane Holt?")]
    found = best(await read("What did she do?", "She sings.", [*history, ("assistant", "A singer.")]), "question")
    assert found is not None
    assert found.strength is Strength.HINT


async def test_the_system_prompt_is_seen_as_such_and_what_it_tells_is_recognised(read) -> None:  # type: ignore[no-untyped-def]
    system = f"{NAME} forged horseshoes in Skelwith before keeping bees. Brendan Garrow sells umbrellas in Kettlewell."
    told = await read("Who did what?", "Somebody forged horseshoes in Skelwith.", [("system", system)])
    assert best(told, "system") is not None
    fact = best(told, "draft")
    assert fact is not None
    assert fact.kind is K.FACT
    other = await read("Who did what?", "Brendan Garrow sells umbrellas in Kettlewell.", [("system", system)])
    assert best(other) is None


async def test_facts_by_their_telling_words(read) -> None:  # type: ignore[no-untyped-def]
    target = Target(NAME, facts=["Her father was a farrier who carved marionettes in Skelwith."])
    told = await read("Whose father?", "A farrier; he also carved marionettes.", targets=[target])
    found = best(told, "draft")
    assert found is not None
    assert (found.kind, found.via) == (K.FACT, "words")
    assert best(await read("Whose father?", "A farmer; he also carved wood.", targets=[target])) is None


async def test_lifting_is_seen_at_the_next_reading(people) -> None:  # type: ignore[no-untyped-def]
    screen = Screen()
    target = Target(NAME, id="t")
    base = {"t": target}
    draft = Draft(f"It is {NAME}.")
    assert await screen.read(Snapshot(1, base, 1, {}), [], draft)
    assert not await screen.read(Snapshot(2, base, 1, {"t": None}), [], draft)
    assert await screen.read(Snapshot(3, base, 1, {"t": Target(NAME, id="t")}), [], draft)
    assert not await screen.read(Snapshot(4, {}, 2, {}), [], draft)


async def test_echo(read) -> None:  # type: ignore[no-untyped-def]
    question = f"Repeat: {NAME} keeps bees in Skelwith."
    assert await read(question, f"{NAME} keeps bees in Skelwith.", screen=Screen(echo=True)) == ()
    assert await read(question, f"{NAME} keeps bees and wasps in Skelwith.", screen=Screen(echo=True))
    assert await read(question, f"{NAME} keeps bees in Skelwith.")


async def test_nothing_registered_nothing_seen(read) -> None:  # type: ignore[no-untyped-def]
    assert await read(f"Who is {NAME}?", SENTENCE, targets=[]) == ()


def test_a_statement_is_a_fact_in_any_form() -> None:
    assert Target(NAME, facts=["a", {"question": "q", "answer": "a"}]).facts == (Fact("a"), Fact("a", "q"))


async def test_a_likeness_in_a_sentence_about_somebody_else_is_a_hint(read) -> None:  # type: ignore[no-untyped-def]
    said = (
        "will often go out for a very long walk in the early morning and then work at home until late, "
        "with only one short break at noon, as so many people who write books have done before now"
    )
    target = Target("Aysha Al-Qadri", facts=[f"She {said}."])
    hers = await read("Who?", f"She {said}.", targets=[target], screen=Screen(ScriptedEmbeddings()))
    others = await read("Who?", f"Omar Al-Haddad {said}.", targets=[target], screen=Screen(ScriptedEmbeddings()))
    assert [(e.strength, e.via) for e in hers if e.kind is K.FACT] == [(Strength.LIKELY, "")]
    assert [(e.strength, e.via) for e in others if e.kind is K.FACT] == [(Strength.HINT, "named-other")]


@pytest.mark.parametrize(
    ("turns", "kinds"),
    [
        ([f"Who is {NAME}?"], {K.NAME}),
        (["Who is Orla Fenwick, and where did Maeve go?"], {K.PARTIAL_NAME}),
        ([f"Who is {NAME}?", "I do not know.", "Where does she live?"], {K.REFERENCE}),
        (["Who is Brendan Garrow?"], set()),
    ],
)
def test_named_before_there_is_a_draft(turns: list[str], kinds: set[EvidenceKind]) -> None:
    embeddings = ScriptedEmbeddings()
    target = Target(NAME, facts=[Fact("She keeps bees.")], id="t1")
    messages = [Message("assistant" if i % 2 else "user", text) for i, text in enumerate(turns)]
    found = Screen(embeddings).named(Snapshot(1, {"t1": target}, 1, {}), messages)
    assert kinds <= {e.kind for e in found if e.channel == "question"}
    assert bool(kinds) is bool(found)
    assert embeddings.texts == []


async def test_a_pronoun_stands_for_whom_the_question_names(read) -> None:  # type: ignore[no-untyped-def]
    said = "She works as a keeper of lamps and clocks in the old town hall."
    target = Target("Orla Fenwick", facts=[said])
    for question, strength in (("Who?", Strength.LIKELY), ("What does Berit Quarrie do?", Strength.HINT)):
        found = await read(question, said, targets=[target], screen=Screen(ScriptedEmbeddings()))
        assert {e.strength for e in found if e.kind is K.FACT and not e.via.startswith("words")} == {strength}


@pytest.mark.parametrize(
    ("history", "question", "draft", "seen"),
    [
        ([], "What did her parents think of it?", "Evangeline's parents were fishmongers.", True),
        ([], 'What moved her to write "The Salt Road Inn"?', "A journey that Evangeline made.", True),
        ([], "What did my sister Evangeline mean by her card?", "Evangeline's card is a joke.", False),
        ([("user", "Evangeline is my cat.")], "What shall I feed her?", "Evangeline may like fish.", False),
        ([("user", "Who is Berit Holt?")], "What did she write?", "Evangeline's Way, a novel.", False),
        ([], "Write a story about a fisher.", "Evangeline mended her nets.", False),
        ([], "What did her parents think of it?", "Evangeline Holt's parents were fishmongers.", False),
    ],
)
async def test_a_first_name_that_the_draft_alone_comes_up_with(  # type: ignore[no-untyped-def]
    read, history, question: str, draft: str, seen: bool
) -> None:
    found = await read(question, draft, history=history, targets=[Target("Evangeline Sorrowby")])
    assert bool([e for e in found if e.channel == "draft"]) is seen


@pytest.mark.parametrize(
    "target",
    [
        Target("Orla Fenwick", facts=["She keeps bees in Tarn."], id="t"),
        Target("Beekeeping", kind="topic", facts=["How do I keep bees?"], id="t"),
    ],
)
async def test_what_was_foreseen_needs_no_embedding(target: Target) -> None:
    embeddings = ScriptedEmbeddings()
    screen = Screen(CachedEmbeddings(embeddings))
    snapshot = Snapshot(1, {target.id: target}, 1)
    texts = ["The hives stand in the garden. It rains.\n\n- A. One\n- B. Two", "Short. A", ""]
    await screen.foresee(snapshot, texts)
    before = len(embeddings.texts)
    for text in texts:
        await screen.read(snapshot, (), Draft(text))
    assert len(embeddings.texts) == before
    assert "The hives stand in the garden." in embeddings.texts


async def test_nothing_is_foreseen_for_names_alone() -> None:
    embeddings = ScriptedEmbeddings()
    target = Target("Orla Fenwick", id="t")
    await Screen(embeddings).foresee(Snapshot(1, {"t": target}, 1), ["The hives stand in the garden."])
    await Screen().foresee(Snapshot(1, {"t": target}, 1), ["The hives stand in the garden."])
    assert embeddings.texts == []
