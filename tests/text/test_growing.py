"""Sentences of texts that are still being written: those that are handed out are those of the whole text."""

from __future__ import annotations

import pytest

from expunge.text.growing import GrowingText, completed
from expunge.text.segment import sentences

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
