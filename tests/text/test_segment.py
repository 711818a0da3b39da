from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunge.text.segment import LineKind, Span, clauses, lines, sentences, words

_ALPHABET = st.sampled_from(
    [*"abAB.!?,;:()[]\"'“”«»—-| \n\r\t#*`1290。,،؟।陈是他éñ", "Dr. ", "e.g. ", "```\n", "- ", " and ", " who "]
)
_TEXTS = st.lists(_ALPHABET, max_size=60).map("".join)


@given(_TEXTS | st.text(max_size=80))
def test_sentences_lines_and_clauses_are_exact_partitions(text: str) -> None:
    for cut in (sentences, lines, clauses):
        pieces = cut(text)
        assert "".join(p.of(text) for p in pieces) == text
        assert all(p.start < p.end for p in pieces)


@given(_TEXTS | st.text(max_size=80))
def test_words_are_in_order_and_hold_no_space(text: str) -> None:
    found = words(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert not any(c.isspace() for w in found for c in w.of(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He came. She left.", ["He came.", "She left."]),
        ("Dr. J. R. Smith paid 3.50 to Mrs. Lee. He left.", ["Dr. J. R. Smith paid 3.50 to Mrs. Lee.", "He left."]),
        ("She lives in the U.S. He does not.", ["She lives in the U.S.", "He does not."]),
        ("Well... maybe. So be it.", ["Well... maybe.", "So be it."]),
        ("“Why?” he asked. Nobody knew.", ["“Why?” he asked.", "Nobody knew."]),
        ('He said "No." She agreed.', ['He said "No."', "She agreed."]),
        ("Am 3. Mai 1920 kam er. Dann ging er.", ["Am 3. Mai 1920 kam er.", "Dann ging er."]),
        ("Er kam z.B. gestern. Gut.", ["Er kam z.B. gestern.", "Gut."]),
        ("他来了。她走了!真的?", ["他来了。", "她走了!真的?"]),
        ("他来了。她走了！真的？", ["他来了。", "她走了！", "真的？"]),
        ("من هو؟ هو مهندس.", ["من هو؟", "هو مهندس."]),
        ("वह आया। वह गया।", ["वह आया।", "वह गया।"]),
        ("One\nTwo", ["One", "Two"]),
        ("A line that was\nmerely wrapped. Next.", ["A line that was\nmerely wrapped.", "Next."]),
        ("- a b. C d\n- e", ["- a b.", "C d", "- e"]),
        ("1. Anton bakes. 2. x", ["1. Anton bakes.", "2. x"]),
        ("# Title\nText here", ["# Title", "Text here"]),
        ("| a. B | c |\n| - | - |", ["| a. B | c |", "| - | - |"]),
        ("```\na. B\nc\n```\nEnd.", ["```", "a. B", "c", "```", "End."]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [s.of(text).strip() for s in sentences(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Anton, whose sister maps rivers (in 1,000 days), bakes and sings.",
            ["Anton", ", whose sister maps rivers ", "(in 1,000 days)", ", bakes ", "and sings."],
        ),
        ("He ran; she, both of whom won, sat.", ["He ran", "; she", ", both of whom won", ", sat."]),
        ('He wrote "Salt, Sand and Sea" and left.', ['He wrote "Salt, Sand and Sea" ', "and left."]),
        ("A well-known fact - so they say - is this.", ["A well-known fact", " - so they say", " - is this."]),
    ],
)
def test_clauses(text: str, expected: list[str]) -> None:
    assert [c.of(text) for c in clauses(text)] == expected


def test_clauses_keep_a_protected_span_whole() -> None:
    text = "Lark and Sons sold hats and coats."
    assert [c.of(text) for c in clauses(text, [Span(0, 13)])] == ["Lark and Sons sold hats ", "and coats."]


def test_words_keep_inner_marks_and_vowel_signs() -> None:
    text = "l'été, well-known मीना O’Hara"
    assert [w.of(text) for w in words(text)] == ["l'été", "well-known", "मीना", "O’Hara"]


def test_lines_know_their_kind() -> None:
    text = "# T\n\n- a\n| a | b |\n**B**\n```py\nx\n```\nplain\n"
    kinds = [line.kind for line in lines(text)]
    assert kinds == [
        LineKind.HEADING,
        LineKind.BLANK,
        LineKind.ITEM,
        LineKind.ROW,
        LineKind.HEADING,
        LineKind.FENCE,
        LineKind.CODE,
        LineKind.FENCE,
        LineKind.PROSE,
    ]
