from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from expunge.batch.blocks import SHORT, blocks


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["One is here. ", "And so on", "\n\n", "What? ", "x" * 3_000]), max_size=40))
def test_joined_they_are_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert "".join(blocks(text)) == text


def test_long_texts_are_cut_between_sentences() -> None:
    short = "The sea is wide. " * (SHORT // 17)
    assert list(blocks(short)) == [short]
    many = [block.strip() for block in blocks("The sea is wide. " * 250)]
    assert [block.count(".") for block in many] == [100, 100, 50]
    long = list(blocks(("A" + "b" * 2_998 + ". ") * 6))
    assert [len(block) // 1000 for block in long] == [6, 6, 6]
    assert all(block.endswith(". ") for block in long)
