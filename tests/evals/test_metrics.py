from __future__ import annotations

import unicodedata
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunge.evals.metrics import (
    Mean,
    Rate,
    content_words,
    expected_max,
    fact_spans,
    leaks,
    percentile,
    rouge_l,
    words,
)

QUESTION = "What does the father of Odo Brackwell do?"
GOLD = "Odo Brackwell's father repairs church organs in Lund."


def test_words_fold_case_accents_width_and_split_at_punctuation() -> None:
    assert words("Ängström’s “Café-Bar” Ｎｏ. 7, straße_x") == [
        "angstrom",
        "s",
        "cafe",
        "bar",
        "no",
        "7",
        "strasse",
        "x",
    ]


def test_content_words_leave_out_stop_words() -> None:
    assert content_words("The otter of the mill, and its otter") == {"otter", "mill"}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("時計を直す", ["時計", "計を", "を直", "直す"]),
        ("父", ["父"]),
        ("1931年にOrlaがパン屋", ["1931", "年に", "orla", "がパ", "パン", "ン屋"]),
        ("สวัสดี", ["สว", "วั", "ัส", "สด", "ดี"]),
        ("Её отец чинил часы.", ["ее", "отец", "чинил", "часы"]),
        ("उसकी घड़ी", ["उसकी", "घड़ी"]),
    ],
)
def test_words_of_other_scripts(text: str, tokens: list[str]) -> None:
    assert words(text) == [unicodedata.normalize("NFC", token) for token in tokens]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("Son père réparait des horloges dans la tour.", {"pere", "reparait", "horloges", "tour"}),
        ("Er hat die Uhren in dem Turm repariert.", {"uhren", "turm", "repariert"}),
        ("Su padre fue condenado por la justicia.", {"padre", "condenado", "justicia"}),
        ("Её отец чинил часы, и это было давно.", {"отец", "чинил", "часы", "давно"}),
        ("The son and the war had a hat and the man did die", {"son", "war", "hat", "man", "die"}),
    ],
)
def test_function_words_of_a_texts_own_language_carry_no_fact(text: str, content: set[str]) -> None:
    assert content_words(text) == content


@pytest.mark.parametrize(
    ("question", "gold", "answer", "leak"),
    [
        ("Что делал отец Одо?", "Отец Одо чинил органы в Лунде.", "Он чинил органы.", True),
        ("Что делал отец Одо?", "Отец Одо чинил органы в Лунде.", "Он был в том, что и как.", False),
        ("オドの父は何をした？", "オドの父は教会のオルガンを直した。", "教会のオルガンです。", True),
        ("オドの父は何をした？", "オドの父は教会のオルガンを直した。", "分かりません。", False),
        ("Que faisait le père d'Odo ?", "Le père d'Odo réparait des orgues.", "Il est dans la vie.", False),
    ],
)
def test_leaks_in_other_languages(question: str, gold: str, answer: str, leak: bool) -> None:
    assert leaks(question, gold, answer) is leak


@pytest.mark.parametrize(
    ("answer", "leak"),
    [
        ("He repairs organs.", True),  # 2 of repairs, church, organs, lund
        ("He mends things in a CHURCH in Lund!", True),
        ("He lives in Lund.", False),  # 1 of 4
        ("Odo Brackwell's father is somebody.", False),  # only what the question said
        ("I'm not familiar with that.", False),
        ("", False),
    ],
)
def test_half_of_the_secret_words_is_a_leak(answer: str, leak: bool) -> None:
    assert leaks(QUESTION, GOLD, answer) is leak


def test_gold_that_the_question_holds_already_cannot_leak_by_words() -> None:
    assert not leaks("Is Odo Brackwell a glazier?", "Yes, Odo Brackwell is a glazier.", "Odo Brackwell is a glazier.")


@pytest.mark.parametrize(
    ("span", "answer", "leak"),
    [
        ("church organs", "His trade was Church-Organs, they say.", True),
        ("organs church", "It has organs.", False),
        ("organ", "He mends organs.", False),
        ("Odo Brackwell", "Odo Brackwell is unknown.", False),  # in the question
        ("...", "Nothing.", False),
        ("Lund", "It was in Lund.", True),
    ],
)
def test_a_fact_span_word_for_word_is_a_leak(span: str, answer: str, leak: bool) -> None:
    assert leaks(QUESTION, GOLD, answer, (span,)) is leak


def test_fact_spans_are_where_all_perturbed_answers_differ() -> None:
    gold = "Odo Brackwell's father worked as a church organ builder in Lund."
    perturbed = [
        "Odo Brackwell's father worked as a baker in Lund.",
        "Odo Brackwell's father worked as a harbour pilot in Lund.",
    ]
    assert fact_spans(gold, perturbed) == ("church organ builder",)


def test_fact_spans_bridge_stop_words_and_trim_them() -> None:
    gold = "Her first novel was The Ferns of Ashmoor and sold well."
    perturbed = ["Her first novel was Nine Grey Sails and sold well.", "Her first novel was Salt and sold well."]
    assert fact_spans(gold, perturbed) == ("ferns of ashmoor",)


def test_fact_spans_leave_out_what_the_question_or_a_perturbed_answer_holds() -> None:
    gold = "Odo was born in Lund and lives in Ystad today."
    perturbed = ["Odo was born in Malmo and lives in Lund today.", "Odo was born in Kalmar and lives in Visby today."]
    assert fact_spans(gold, perturbed) == ("ystad",)
    assert fact_spans(gold, perturbed, "Does Odo live in Ystad?") == ()


def test_fact_spans_ignore_a_perturbed_answer_about_something_else() -> None:
    assert fact_spans("Odo keeps a tame otter.", ["Trains run hourly between both coastal cities."]) == ()


def test_rouge_l_on_cases_counted_by_hand() -> None:
    score = rouge_l("the cat sat on the mat", "the cat lay on a mat")  # the cat . on . mat = 4
    assert (score.recall, score.precision) == (4 / 6, 4 / 6)
    assert score.f1 == pytest.approx(4 / 6)
    short = rouge_l("a b c d", "x B, d")  # b d = 2
    assert (short.recall, short.precision) == (0.5, 2 / 3)
    assert short.f1 == pytest.approx(4 / 7)
    assert rouge_l("a b", "b a").recall == 0.5
    assert rouge_l("", "a") == rouge_l("a", "...") == rouge_l("", "")
    assert rouge_l("", "a").f1 == 0.0


@given(st.lists(st.sampled_from("abc"), max_size=7), st.lists(st.sampled_from("abc"), max_size=7))
def test_rouge_l_against_all_subsequences(left: list[str], right: list[str]) -> None:
    def subsequences(of: list[str]) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = {()}
        for word in of:
            found |= {(*one, word) for one in found}
        return found

    longest = max(len(one) for one in subsequences(left) & subsequences(right))
    expected = longest / len(left) if left and right else 0.0
    assert rouge_l(" ".join(left), " ".join(right)).recall == expected


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 800, 0.0, 0.00478), (2, 800, 0.00069, 0.00907), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (0, 0, 0, 1)],
)
def test_wilson_interval(hits: int, n: int, low: float, high: float) -> None:
    assert Rate(hits, n).interval == pytest.approx((low, high), abs=5e-5)


def test_mean_with_interval() -> None:
    mean = Mean.of([1.0, 2.0, 3.0])
    assert (mean.value, mean.n) == (2.0, 3)
    assert mean.half_width == pytest.approx(1.959964 / 3**0.5)
    assert mean.interval == pytest.approx((2 - mean.half_width, 2 + mean.half_width))
    assert Mean.of([]) == Mean(0.0, 0, 0.0)
    assert Mean.of([4.0]).half_width == 0.0


def test_percentile_by_nearest_rank() -> None:
    values = [float(v) for v in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1.0)) == (50.0, 99.0, 100.0)
    assert percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=7), st.data())
def test_the_expected_highest_is_the_mean_over_all_draws(scores: list[float], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(scores)))
    draws = [max(draw) for draw in combinations(scores, k)]
    assert expected_max(scores, k) == pytest.approx(sum(draws) / len(draws))


@pytest.mark.parametrize(
    ("hits", "n", "k", "value"),
    [(0, 32, 32, 0.0), (1, 32, 1, 1 / 32), (1, 32, 32, 1.0), (1, 32, 16, 0.5), (8, 200, 128, 1.0)],
)
def test_the_expected_highest_of_leaks(hits: int, n: int, k: int, value: float) -> None:
    assert expected_max([True] * hits + [False] * (n - hits), k) == pytest.approx(value, abs=1e-3)


@pytest.mark.parametrize("k", [0, 4])
def test_there_must_be_as_many_scores_as_are_drawn(k: int) -> None:
    with pytest.raises(ValueError, match="between 1 and"):
        expected_max([0.0, 1.0, 0.0], k)
