from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.matches import SCATTERED
from expunge.screen.semantic import vector_index
from expunge.screen.semantic.embeddings import MANY, NO_ROWS, FactEmbeddings, as_vectors, digest_of, fact_text, texts_of
from expunge.screen.semantic.facts import Facts, facts_of
from expunge.text.segment import Span, sentences
from expunge.types import EvidenceKind, Fact, Strength, Target, TargetKind

TARGET = Target(
    "Orla Fenwick",
    facts=(Fact("She carved marionettes for a puppet theatre in Skelwith."), Fact("1931", "When was she born?")),
    id="t",
)
OTHER = Target("Anselm Quarrie", facts=(Fact("He repaired theodolites aboard a whaling brig."),), id="o")
TOPIC = Target("Bees", facts=(Fact("How do I keep bees?"),), kind=TargetKind.TOPIC, id="b")


class Store:
    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, bytes]] = {}

    def get_vectors(self, space: str, digests: Mapping[str, str]) -> Mapping[str, bytes]:
        return {key: self.kept[key][1] for key, digest in digests.items() if self.kept.get(key, ("",))[0] == digest}

    def put_vectors(self, space: str, entries: Mapping[str, tuple[str, bytes]]) -> None:
        self.kept.update(entries)


def test_a_short_answer_is_compared_with_its_question() -> None:
    assert [fact_text(fact) for fact in TARGET.facts] == [TARGET.facts[0].text, "When was she born? 1931"]
    assert texts_of(TARGET)[-1] == "When was she born?"
    assert digest_of(TARGET) != digest_of(OTHER)


async def test_by_meaning_a_sentence_is_found_and_others_are_not() -> None:
    vectors = FactEmbeddings(ScriptedEmbeddings())
    facts = await facts_of([TOPIC, TARGET, OTHER], vectors)
    text = "It rained. She carved marionettes for a puppet theatre in Skelwith."
    pieces = sentences(text)
    found = facts.by_meaning(text, pieces, await vectors.texts([p.of(text).strip() for p in pieces]), question=False)
    assert [(s.target, s.kind, s.strength) for s in found] == [(1, EvidenceKind.FACT, Strength.LIKELY)]
    assert text[found[0].start : found[0].end].strip() == "She carved marionettes for a puppet theatre in Skelwith."


async def test_vectors_are_computed_once_and_stored() -> None:
    store, model = Store(), ScriptedEmbeddings()
    rows = await FactEmbeddings(model, store).of([TARGET, OTHER])
    assert rows.shape == (4, 512)
    asked = len(model.texts)
    again = await FactEmbeddings(model, store).of([OTHER, TARGET])
    assert len(model.texts) == asked
    assert np.array_equal(as_vectors(again[1:]), as_vectors(rows[:3]))
    extended = Target("Orla Fenwick", facts=(*TARGET.facts, Fact("She sings.")), id="t")
    assert (await FactEmbeddings(model, store).of([extended])).shape == (4, 512)
    assert len(model.texts) > asked


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("The puppet theatre of Skelwith bought her marionettes.", {1}),
        ("Theodolites were repaired aboard the brig.", {2}),
        ("The theatre bought a house.", set()),
        ("In 1931 it rained.", set()),
    ],
)
def test_by_words(text: str, owners: set[int]) -> None:
    facts = Facts([TOPIC, TARGET, OTHER], np.zeros((0, 1), dtype=np.float32))
    assert {s.target for s in facts.by_words(text, sentences(text))} == owners


def test_beyond_the_size_at_which_all_are_measured_the_same_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(300, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    targets = [Target(f"P{i}", facts=(Fact(f"fact {i} of many words here now"),), id=str(i)) for i in range(300)]
    text = "One sentence stands here."
    pieces = sentences(text)
    plain = Facts(targets, vectors).by_meaning(text, pieces, vectors[7:8], question=False)
    monkeypatch.setattr(vector_index, "MANY", 10)
    indexed = Facts(targets, vectors).by_meaning(text, pieces, vectors[7:8], question=False)
    assert [s.target for s in plain] == [s.target for s in indexed] == [7]


def test_a_draft_that_completes_a_fact() -> None:
    facts = Facts([TOPIC, TARGET, OTHER], np.zeros((0, 1), dtype=np.float32))
    completed = facts.by_both("Who carved marionettes?", "Somebody of the puppet theatre in Skelwith.")
    assert [s.target for s in completed] == [1]
    assert not facts.by_both("Who carved marionettes for a puppet theatre in Skelwith?", "I do not know.")
    assert not facts.by_both("Who repaired theodolites?", "A puppet theatre in Skelwith.")


@pytest.mark.parametrize(
    ("question", "draft", "seen"),
    [
        ("What is the glassblower allergic to?", "She is allergic to walnuts.", True),
        ("What is the glassblower allergic to?", "Walnuts.", True),
        ("When was the glassblower born?", "In 1961.", True),
        ("When was the baker born?", "In 1961.", False),
        ("What am I allergic to?", "Perhaps walnuts.", False),
        ("What does a glassblower use?", "A blowpipe and a furnace.", False),
        ("What is the glassblower allergic to?", "Nobody knows.", False),
        ("What is the glassblower allergic to? " + "We walked on by the river and talked. " * 8, "Walnuts.", False),
        ("What is the glassblower allergic to?", "We walked on and talked. " * 20 + "Walnuts.", False),
    ],
)
def test_a_light_fact_of_somebody_known_by_another(question: str, draft: str, seen: bool) -> None:
    told = ("Mirelle Tasgrove is a glassblower.", "She is allergic to walnuts.", "She was born in 1961.")
    facts = Facts([Target("Mirelle Tasgrove", facts=told)], NO_ROWS)
    assert bool(facts.by_both(question, draft)) is seen


def pair_vectors(*cosines: float) -> np.ndarray:
    """Unit vectors that have these cosines with the first axis."""
    rows = np.zeros((len(cosines), 2 + len(cosines)), dtype=np.float32)
    for row, cosine in enumerate(cosines):
        rows[row, 0], rows[row, 2 + row] = cosine, (1 - cosine**2) ** 0.5
    return rows


CROWD = [Target(f"P{i}", facts=(Fact(f"He has {i} tame otters at home.", "What has he got?"),)) for i in range(7)]
RUSSIAN = "Кого он держит дома?", "Он держит дома ручных выдр."


@pytest.mark.parametrize(
    ("own", "others", "targets", "strength"),
    [
        (0.86, 0.82, 7, Strength.LIKELY),  # .08 ahead of six others
        (0.86, 0.84, 7, Strength.HINT),
        (0.86, 0.855, 7, None),
        (0.86, 0.80, 3, None),  # nobody else has otters
        (0.89, 0.88, 7, Strength.LIKELY),  # near enough by itself
    ],
)
@pytest.mark.parametrize("many", [MANY, 1])
def test_a_pair_in_another_language(
    own: float, others: float, targets: int, strength: Strength | None, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "MANY", many)
    cosines = [value for i in range(targets) for value in ((own, own) if i == 1 else (others, others))]
    vectors = pair_vectors(*cosines)
    facts = Facts(CROWD[:targets], vectors)
    seen = np.zeros((1, vectors.shape[1]), dtype=np.float32)
    seen[0, 0] = 1.0
    # The first sentence is far from everything.
    told, places = np.concatenate([np.zeros_like(seen), seen]), [Span(0, 5), Span(6, 33)]
    found = facts.by_pairs(*RUSSIAN, seen, told, places)
    assert [(s.target, s.strength, s.start) for s in found] == ([(1, strength, 6)] if strength else [])
    assert not facts.by_pairs("What has he got?", "He has got tame otters at home.", seen, told, places)


@pytest.mark.parametrize(
    ("text", "question", "cosine", "strength"),
    [
        ("Она вырезала кукол для театра.", False, 0.885, Strength.LIKELY),
        ("Elle a sculpté des marionnettes pour le théâtre.", False, 0.905, Strength.LIKELY),
        ("Elle a sculpté des marionnettes pour le théâtre.", False, 0.885, None),
        ("She made the puppets for a theatre in the town.", False, 0.905, Strength.HINT),
        ("Когда она родилась и где?", True, 0.925, Strength.LIKELY),
        ("Когда она родилась и где?", True, 0.885, None),
    ],
)
def test_other_languages_are_allowed_for(text: str, question: bool, cosine: float, strength: Strength | None) -> None:
    target = Target("Orla Fenwick", facts=(Fact("She carved the marionettes for a theatre.", "When was she born?"),))
    vectors = pair_vectors(cosine, cosine)
    seen = np.zeros((1, vectors.shape[1]), dtype=np.float32)
    seen[0, 0] = 1.0
    found = Facts([target], vectors).by_meaning(text, sentences(text), seen, question=question)
    assert {s.strength for s in found} == ({strength} if strength else set())


def test_words_that_many_targets_share_tell_little() -> None:
    fact = "Lives aboard the whaler Skelwith Tarnmoor, berth {}."
    crew = [Target(f"Sailor {i}", facts=(Fact(fact.format(f"nr{i}x")),), id=f"c{i}") for i in range(12)]
    text = "The whaler Skelwith Tarnmoor, berth nr77x, is hers."

    def found(targets: list[Target]) -> int:
        return len(Facts(targets, np.zeros((0, 1), dtype=np.float32)).by_words(text, sentences(text)))

    assert found(crew[:1]) == 1
    assert found(crew) == 0


async def test_rare_words_of_several_facts_hint_at_their_target() -> None:
    facts = await facts_of(
        [Target("Odo Brackwell", facts=["His daughter is Petronella.", "He was born in Skelwith."], id="b"), OTHER],
        None,
    )
    (found,) = facts.by_several("What do Petronella and Skelwith have in common?")
    assert (found.target, found.strength, found.via) == (0, Strength.HINT, "several")
    assert facts.by_several("Where is Skelwith?") == []
    assert facts.by_several("Was his daughter born in a whaling brig?") == []


@pytest.mark.parametrize(("between", "found"), [(0, True), (2, True), (12, False)])
def test_what_completes_a_fact_stands_together_in_a_draft(between: int, found: bool) -> None:
    target = Target(
        "Orla Fenwick", facts=(Fact("Orla mends zithers, barometers, sextants, sundials in Skelwith."),), id="t"
    )
    lead = "The harbour is calm today. " * 3
    draft = f"{lead}Barometers and sextants, too. {'The harbour is calm. ' * between}Sundials, in Skelwith. {lead}"
    seen = Facts([target], NO_ROWS).by_both("Who mends zithers?", draft)
    assert bool(seen) is found
    if found:
        told = draft[seen[0].start : seen[0].end]
        assert "Skelwith" in told
        assert len(told) < len(draft)


SKIPPER = Target(
    "Orla Fenwick",
    facts=(
        Fact("Orla Fenwick left Skelwith on 4 May 1872 in a whaling brig."),
        Fact("Orla Fenwick repaired theodolites for the surveyor Quarrie."),
        Fact("Orla Fenwick died penniless in 1901."),
    ),
    id="s",
)
ROUND = """# Rundgang am Hafen
Das Zollhaus stammt aus dem Barock. Nebenan gibt es Fischbrötchen.
Von Skelwith her kam eine Frau in Hosen. Der Landvermesser Quarrie gab ihr Arbeit.
1901 starb sie arm.
Der Leuchtturm hat neunzig Stufen. Sonntags ist er geschlossen. Kinder zahlen nichts. Am Kai liegt ein Bagger.
"""


def test_a_document_that_touches_on_several_facts_hints_at_their_target() -> None:
    facts = Facts([SKIPPER, OTHER], np.zeros((0, 1), dtype=np.float32))
    found = facts.by_words(ROUND, sentences(ROUND))
    assert {(s.target, s.via, s.strength) for s in found} == {(0, SCATTERED, Strength.HINT)}
    assert [ROUND[s.start : s.end].split()[0] for s in found] == ["Von", "Der", "1901"]


@pytest.mark.parametrize(
    "text",
    [
        ROUND.replace("Von Skelwith her kam", "Es kam").replace("1901", "Bald"),
        "Von Skelwith her kam eine Frau in Hosen. Der Landvermesser Quarrie gab ihr Arbeit. 1901 starb sie arm.",
    ],
)
def test_what_touches_on_one_fact_or_is_short_is_no_such_document(text: str) -> None:
    facts = Facts([SKIPPER, OTHER], np.zeros((0, 1), dtype=np.float32))
    assert facts.by_words(text, sentences(text)) == []
