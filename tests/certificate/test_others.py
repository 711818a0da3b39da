from __future__ import annotations

from pathlib import Path

import pytest

from expunge.certificate.others import GENERAL, Other, general_others, read_others
from expunge.errors import UsageError


def test_general_questions_are_drawn_by_seed() -> None:
    found = general_others(1)
    assert len({other.question for other in found}) == GENERAL
    assert found == general_others(1) != general_others(2)


def test_questions_are_read(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text('{"question": "Who?", "answer": "She."}\n\n{"question": "Where?", "id": 3}\n', encoding="utf-8")
    assert read_others(path) == (Other("Who?", "She."), Other("Where?"))


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "empty"), ("x", "line 1"), ('{"q": 1}', "line 1"), ('{"question": "a", "answer": 1}', "line 1"),
     ('{"question": "a"}\n' * 501, "501 questions")],
)  # fmt: skip
def test_files_that_cannot_be_used(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_others(path)


@pytest.mark.parametrize(
    ("answer", "before", "after", "kept"),
    [
        ("", "Oslo lies on a fjord.", "Oslo lies on a fjord.", True),
        ("", "Oslo lies on a fjord.", "On a fjord lies Oslo.", True),
        ("", "Oslo lies on a fjord.", "I cannot say.", False),
        ("Oslo", "Bergen lies in the rain.", "It is Oslo.", True),
        ("Oslo", "It is Oslo.", "It is Bergen.", False),
    ],
)
def test_what_is_still_answered(answer: str, before: str, after: str, kept: bool) -> None:
    assert Other("What is the capital of Norway?", answer).is_kept(before, after) is kept
