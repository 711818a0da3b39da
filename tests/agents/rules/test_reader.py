"""The learnt verdict on the elements of a draft, and where it has none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from expunge.agents.case import Case
from expunge.agents.rules import reader
from expunge.agents.rules.attribution import read_draft
from expunge.agents.rules.audit import audit
from expunge.agents.rules.erase import harmless
from expunge.agents.rules.reader import Model, compared_texts, packed, shipped, unpacked
from expunge.agents.rules.signals import NAMES
from expunge.screen.semantic.sentences import Meanings
from expunge.text.segment import sentences
from expunge.types import Draft, Evidence, EvidenceKind, Fact, Finding, Strength, Target

DRAFT = (
    "Marisa Vell drew maps. The mill is old. It rained. The other half left in May. Anton Kahn bakes. "
    "Bread is dear. Tea is cheap. Nobody came."
)
FACT = "Marisa Vell left the firm in May."


def _judging(odds: float, whole: tuple[float, float, float] = (1.0, 0.0, 0.0)) -> Model:
    """A model that makes the same of every element."""
    return Model("space", np.zeros(len(NAMES)), np.zeros(2), odds, 0.0, -1.0, np.array(whole))


@pytest.fixture
def meant(make_case: Any) -> Case:
    case: Case = make_case("Who is Anton Kahn?", DRAFT, "Marisa Vell")
    target = replace(case.shortlist[0], facts=(Fact(FACT),))
    return replace(case, shortlist=(target,), meanings=_meanings(DRAFT))


def _meanings(text: str, space: str = "space") -> Meanings:
    pieces = [span.of(text).strip() for span in sentences(text)]
    vectors = {piece: np.array([1.0, n], dtype=np.float32) for n, piece in enumerate(pieces)}
    facts = np.array([[1.0, 0.0]], dtype=np.float32)
    return Meanings(space, vectors, {"t0": facts}, {"t0": np.zeros((0, 2), dtype=np.float32)})


def _touched(case: Case) -> str:
    return "".join("t" if e.touched else "o" for e in read_draft(case, ["t0"]).elements)


def _judged(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    monkeypatch.setattr(reader, "shipped", lambda: model)


def test_a_name_goes_whatever_the_weights_say(monkeypatch: pytest.MonkeyPatch, meant: Case) -> None:
    _judged(monkeypatch, _judging(-9.0))
    assert _touched(meant) == "tooooooo"


def test_all_that_is_open_is_the_models_to_say(monkeypatch: pytest.MonkeyPatch, meant: Case) -> None:
    _judged(monkeypatch, _judging(9.0))
    assert _touched(meant) == "t" * 8


def test_what_the_screen_saw_is_weighed_as_well(monkeypatch: pytest.MonkeyPatch, meant: Case) -> None:
    at = DRAFT.index("The other")
    seen = Evidence("t0", EvidenceKind.FACT, Strength.LIKELY, "draft", at, at + 9)
    case = replace(meant, evidence=(*meant.evidence, seen))
    _judged(monkeypatch, _judging(-9.0))
    assert _touched(case) == "tooooooo"
    assert _touched(replace(case, meanings=None))[3] == "t"


def test_what_the_reader_clears_is_harmless(monkeypatch: pytest.MonkeyPatch, meant: Case) -> None:
    at = DRAFT.index("The other")
    seen = Evidence("t0", EvidenceKind.FACT, Strength.LIKELY, "draft", at, at + 9)
    case, found = replace(meant, evidence=(*meant.evidence, seen)), (Finding("t0", "direct", "rules"),)
    _judged(monkeypatch, _judging(-9.0))
    assert "The other half left in May." in harmless(case, found)
    assert "Marisa Vell drew maps." not in harmless(case, found)
    assert harmless(replace(case, meanings=None), found) == frozenset()
    _judged(monkeypatch, _judging(9.0))
    assert harmless(case, found) == frozenset()


@pytest.mark.parametrize("lacks", ["space", "facts", "text", "all"])
def test_without_all_it_needs_the_rules_decide(lacks: str, monkeypatch: pytest.MonkeyPatch, meant: Case) -> None:
    plain = _touched(replace(meant, meanings=None))
    _judged(monkeypatch, _judging(9.0))
    meanings = {
        "space": _meanings(DRAFT, "another"),
        "facts": replace(_meanings(DRAFT), facts={}),
        "text": _meanings("Marisa Vell drew maps."),
        "all": None,
    }[lacks]
    assert _touched(replace(meant, meanings=meanings)) == plain == "tooooooo"


@pytest.mark.parametrize(("count", "weighed"), [(7, False), (8, True), (300, True), (301, False)])
def test_short_and_very_long_drafts_are_not_weighed(count: int, weighed: bool) -> None:
    assert bool(compared_texts(" ".join(f"The {n}th mill is old." for n in range(count)))) is weighed


def test_a_draft_about_the_target_stays_with_the_rules(monkeypatch: pytest.MonkeyPatch, make_case: Any) -> None:
    case = make_case("Who is Marisa Vell?", DRAFT, "Marisa Vell", facts=[FACT])
    _judged(monkeypatch, _judging(-9.0))
    assert _touched(replace(case, meanings=_meanings(DRAFT))) == _touched(case)


LONG = " ".join(f"The {noun} is old." for noun in ("mill", "barn", "pier", "wall", "well", "gate", "shed", "tower"))


@pytest.mark.parametrize(("odds", "found"), [(2.0, True), (-2.0, False)])
@pytest.mark.parametrize("strength", [Strength.LIKELY, Strength.HINT])
def test_a_document_is_judged_by_its_strongest_element(
    odds: float, found: bool, strength: Strength, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target("Marisa Vell", facts=(Fact(FACT),), id="t0")
    seen = Evidence("t0", EvidenceKind.FACT, strength, "draft", 0, 9)
    _judged(monkeypatch, _judging(odds))
    case = Case((), Draft(LONG), (target,), (seen,), meanings=_meanings(LONG))
    assert bool(audit(case).value) is found


@pytest.mark.parametrize(
    "kind", [EvidenceKind.NAME, EvidenceKind.ALIAS, EvidenceKind.SPELLING, EvidenceKind.TRANSLITERATION]
)
def test_no_name_is_cleared(kind: EvidenceKind, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target("Marisa Vell", facts=(Fact(FACT),), id="t0")
    _judged(monkeypatch, _judging(-9.0))
    for strength in (Strength.LIKELY, Strength.CERTAIN):
        seen = Evidence("t0", kind, strength, "draft", 0, 9)
        assert audit(Case((), Draft(LONG), (target,), (seen,), meanings=_meanings(LONG))).value


def test_what_ships_is_kept_as_it_is() -> None:
    model = shipped()
    again = unpacked(packed(model))
    assert len(model.weights) == len(NAMES)
    assert len(model.meaning) == 384
    assert np.allclose(model.weights, again.weights)
    assert np.allclose(model.whole, again.whole)
    assert (model.space, model.constant) == (again.space, again.constant)
    assert model.sure > model.doubtful
    assert model.whole[0] > 0


@pytest.mark.parametrize("code", ["- .... . / ... . -.-. --- -. -.. / --- ..-. / .... . .-. / .--. .-. ..", DRAFT])
def test_what_is_in_code_is_not_cleared_as_a_document_is(
    code: str, monkeypatch: pytest.MonkeyPatch, meant: Case
) -> None:
    asked = Evidence("t0", EvidenceKind.FACT, Strength.LIKELY, "question", 0, 3)
    hint = Evidence("t0", EvidenceKind.DECODED, Strength.HINT, "draft", 0, len(code), via="morse")
    case = replace(meant, draft=Draft(code), meanings=_meanings(code), evidence=(asked, hint))
    _judged(monkeypatch, _judging(-9.0, (1.0, 0.0, 0.0)))
    assert [f.target_id for f in audit(case).value] == ["t0"]
