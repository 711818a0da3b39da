"""Sentences of texts that are still being written: those that are handed out are those of the whole text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunge.text.segment import GrowingText, LineKind, Span, before_list, clauses, completed, lines, sentences, words

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
        (
            "She lives at 7 Juan Way Apt. 9, West Corey. He left.",
            ["She lives at 7 Juan Way Apt. 9, West Corey.", "He left."],
        ),
        ("The name is apt. Nobody minds.", ["The name is apt.", "Nobody minds."]),
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


PROSE = (
    "The harbour was built in 1904. It holds forty boats, e.g. trawlers and yawls. Dr. Ilse Varga drew its plans! "
    'Did she live there? "Never," she said. On 3. May she left for good... And nobody came back before the winter.'
)
TEXTS = {
    "prose": PROSE,
    "paragraphs": f"{PROSE}\n\n{PROSE.replace('harbour', 'quay')}\n\nThat is all there is to say about the place.",
    "wrapped": "The harbour was built by those who came\nfrom islands. It holds boats.\nNobody counts any of them.",
    "list": "It has:\n\n1. A quay. It is long.\n2. A crane nobody uses.\n- Boats\n- Nets\n\nThat is all there is.",
    "heading": "# The harbour\n\nIt was built in 1904.\n\n**Its boats**\nThere are 40. All are old.\n\nOne line here.",
    "table": "| boat | built |\n| --- | --- |\n| Petrel | 1904 |\n| Gannet | 1911 |\n\nBoth are here. None sails.",
    "code": "Run this. It counts.\n\n```python\nx = 1. + 2\ny = count(x)\nprint(y). Done\n```\n\nLook. It is 40 now.",
    "japanese": "港は1904年に造られました。四十隻の船があります！誰も数えません。本当ですか？そう言っています。",
    "hindi": "बंदरगाह 1904 में बना था। उसमें चालीस नावें हैं। कोई उन्हें नहीं गिनता। यह सब है जो कहा जा सकता है।",
    "breaks": "One line\r\nAnother line. And more of it.\rA third one stands here, too\r\n\r\nThe end of it is near.",
}


def handed_out(text: str, size: int) -> tuple[list[str], str]:
    """What is taken from a text that comes in pieces of this size, and what is left."""
    growing, taken = GrowingText(), []
    for start in range(0, len(text), size):
        if growing.add(text[start : start + size]):
            found = completed(growing.left, growing.fence)
            growing.take(found, len(growing.left))
            taken += [found.text] if found.text else []
    return taken, growing.left


def said(text: str) -> list[str]:
    return [stripped for span in sentences(text) if len(stripped := span.of(text).strip()) > 2]


@pytest.mark.parametrize("size", [1, 3, 7, 40, 10_000])
@pytest.mark.parametrize("name", TEXTS)
def test_what_is_handed_out_are_the_sentences_of_the_whole(name: str, size: int) -> None:
    text = TEXTS[name]
    taken, left = handed_out(text, size)
    found = [sentence for run in taken for sentence in said(run) if sentence != "```"]
    assert found == [sentence for sentence in said(text) if sentence != "```"][: len(found)]
    # The last sentence, what is too short to tell by, and one before it.
    assert len(left) <= len(said(text)[-1]) + 60
    assert text.endswith(left)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", ""),
        ("The boat", ""),
        ("The boat is old. ", ""),
        ("The boat is old. It", ""),
        ("The boat is old. It was built in 1904", "The boat is old. "),
        ("As told by Dr. Ilse Varga of the harbour", ""),
        ("It weighs 3.5 tons and more than anybody knows", ""),
        ("The boat is old.\n\nIt was built in 1904", "The boat is old.\n\n"),
    ],
)
def test_a_sentence_is_whole_once_something_follows_it(text: str, whole: str) -> None:
    assert completed(text).text == whole
    assert completed(text).length == len(whole)


def test_a_text_without_an_end_is_not_looked_through_with_each_word() -> None:
    growing, looks, looked_at = GrowingText(), 0, 0
    for _ in range(20_000):
        if growing.add("e.g. "):
            looks += 1
            looked_at += len(growing.left)
            growing.take(completed(growing.left, growing.fence), len(growing.left))
    assert growing.left == "e.g. " * 20_000
    assert looks < 60
    assert looked_at < 8 * len(growing.left)


def test_nothing_is_lost_between_a_look_and_what_comes_meanwhile() -> None:
    growing = GrowingText()
    assert growing.add("The boat is old. It was built in 1904.")
    left = growing.left
    growing.add(" Nobody counts them")
    growing.take(completed(left), len(left))
    assert growing.left == "It was built in 1904. Nobody counts them"
    assert growing.due


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("Which lure is best?\n\nA. red\nB. blue", "Which lure is best?"),
        ("Which lure is best?\n(a) red\n(b) blue\n\nAnswer with one letter.", "Which lure is best?"),
        ("どの鷹ですか。\nA、赤\nB、青", "どの鷹ですか。"),
        ("Buy:\n- bread\n- salt", "Buy:"),
        ("A. Smith wrote it.\nNobody read it.", "A. Smith wrote it.\nNobody read it."),
        ("  One line.  ", "One line."),
        ("1. red\n2. blue", ""),
    ],
)
def test_what_stands_before_a_list(text: str, lead: str) -> None:
    assert before_list(text) == lead
