"""Scrubbing parts, and long texts in blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunge.async_unlearner import Scrubbed
from expunge.corpus.files import cut
from expunge.corpus.parts import KINDS, Counts, Order, Part, PartDone, PartFailed
from expunge.corpus.work import SHORT, Worker, blocks, mark_of, results_of, scrub_part
from expunge.errors import ScrubStopped
from expunge.registry.store import Registry
from expunge.settings import Settings
from expunge.types import Decision, Snapshot, Target

Orders = Callable[..., Order]


def parts(path: Path, data: bytes) -> list[Part]:
    path.write_bytes(data)
    return list(cut(0, path, KINDS[path.suffix]).parts)


@pytest.mark.parametrize(
    ("kind", "content", "clean", "counts"),
    [
        ("txt", b"No newline", b"No newline", Counts(1, passed=1)),
        ("txt", b"One.\r\n\r\n\r\nTwo.\r\n", b"One.\r\n\r\n\r\nTwo.\r\n", Counts(2, passed=2)),
        ("txt", b"Ask Isolde Farrow.\n\nEnd.\n", b"Ask someone.\n\nEnd.\n",
         Counts(2, 1, passed=1, rewritten=1, targets={"t_1": 1})),
        ("txt", b"Broken: Isolde\nFarrow.\n", b"Broken: someone.\n", Counts(1, 1, rewritten=1, targets={"t_1": 1})),
        ("txt", b"Isolde knows.\n\nEnd.", b"\n\nEnd.", Counts(2, 1, 1, 1, 0, 1, {"t_1": 1})),
        ("txt", b"\xef\xbb\xbfIsolde Farrow", b"\xef\xbb\xbfsomeone", Counts(1, 1, rewritten=1, targets={"t_1": 1})),
        ("log", b"Isolde knows.\nEnd.\n\n", b"\nEnd.\n\n", Counts(2, 1, 1, 1, 0, 1, {"t_1": 1})),
        ("jsonl", b'{"a":  "Isolde", "b": "x", "n": 1.50}\n\n{"a": " "}\n',
         b'{"a":  "", "b": "x", "n": 1.50}\n\n{"a": " "}\n',
         Counts(2, 1, 1, 1, 0, 1, {"t_1": 1})),
        ("jsonl", b'["Isolde Farrow", "Isolde Farrow"]', b'["someone", "someone"]',
         Counts(1, 1, rewritten=2, targets={"t_1": 2})),
    ],
)  # fmt: skip
def test_parts(
    tmp_path: Path, scrubber: Any, order: Orders, kind: str, content: bytes, clean: bytes, counts: Counts
) -> None:
    (part,) = parts(tmp_path / f"x.{kind}", content)
    done = scrub_part(part, order(), scrubber)
    assert (done.data, done.counts) == (clean, counts)


@pytest.mark.parametrize(
    ("kind", "content", "clean"),
    [
        ("txt", b"Isolde knows.\n\nEnd.", b"\nEnd."),
        ("log", b"Isolde knows.\nEnd.\n", b"End.\n"),
        ("jsonl", b'{"a": "Isolde", "b": "x"}\n{"a": "Isolde Farrow"}\n', b'{"a": "someone"}\n'),
    ],
)
def test_rows_with_nothing_clean_left_can_be_dropped(
    tmp_path: Path, scrubber: Any, order: Orders, kind: str, content: bytes, clean: bytes
) -> None:
    (part,) = parts(tmp_path / f"x.{kind}", content)
    done = scrub_part(part, order(drop_rows=True), scrubber)
    assert done.data == clean
    assert done.counts.emptied == 1


def test_columns_that_were_met_are_told(tmp_path: Path, scrubber: Any, order: Orders) -> None:
    (part,) = parts(tmp_path / "x.jsonl", b'{"a": "Isolde Farrow", "b": "Isolde Farrow"}\n')
    done = scrub_part(part, order("a", "c"), scrubber)
    assert done.data == b'{"a": "someone", "b": "Isolde Farrow"}\n'
    assert done.columns == {"a"}


def test_a_text_that_comes_often_is_scrubbed_once(tmp_path: Path, scrubber: Any, order: Orders) -> None:
    (part,) = parts(tmp_path / "x.jsonl", b'["sea", "sea"]\n' * 3)
    assert scrub_part(part, order(), scrubber).counts.passed == 6
    assert scrubber.texts == ["sea"]


def test_a_long_text_is_scrubbed_in_blocks(tmp_path: Path, scrubber: Any, order: Orders) -> None:
    text = "The sea is wide. " * 100 + "Isolde knows. " + "The sky is high.  " * 99
    (part,) = parts(tmp_path / "x.txt", text.encode())
    done = scrub_part(part, order(), scrubber)
    assert len(scrubber.texts) == 2
    assert done.data.decode() == "The sea is wide. " * 100 + "  ", "the white space after a block stays"
    assert done.counts == Counts(1, 1, 0, 0, 1, 0, {"t_1": 1})


def test_a_text_that_could_not_be_judged_is_not_emptied(tmp_path: Path, order: Orders) -> None:
    def failing(texts: Sequence[str]) -> list[Scrubbed]:
        return [Scrubbed("", Decision.REFUSED, failed="ModelUnreachable") for _ in texts]

    (part,) = parts(tmp_path / "x.txt", b"The sea.")
    with pytest.raises(ScrubStopped, match="ModelUnreachable"):
        scrub_part(part, order(), failing)


def test_the_mark_names_the_targets() -> None:
    one = Target("Isolde Farrow", id="t_1", revision=1)
    marks = {
        mark_of(Snapshot(revision, {t.id: t for t in targets}))
        for revision, targets in [(1, [one]), (2, [one]), (1, []), (1, [replace(one, revision=2)])]
    }
    assert len(marks) == 4
    two = Target("Odo Brackwell", id="t_2", revision=2)
    assert mark_of(Snapshot(2, {"t_1": one, "t_2": two})) == mark_of(Snapshot(2, {"t_2": two, "t_1": one}))


def test_a_worker_scrubs_by_the_registry(tmp_path: Path, settings: Settings, order: Orders) -> None:
    with Registry.open(settings.registry.url) as registry:
        target = registry.add(Target("Isolde Farrow"))
        mark = mark_of(registry.snapshot())
    (part,) = parts(tmp_path / "x.txt", b"The sea is wide. Isolde Farrow swam.\n\nThe sky is high.\n")
    (done,) = results_of(iter([part]), order(mark=mark))
    assert isinstance(done, PartDone)
    assert done.data == b"The sea is wide.\n\nThe sky is high.\n"
    assert done.counts.targets == {target.id: 1}


def test_what_goes_wrong_is_told_without_a_text(tmp_path: Path, settings: Settings, order: Orders) -> None:
    path = tmp_path / "x.jsonl"
    (part,) = parts(path, b'{"a": "Isolde Farrow"}\n')
    worker = Worker(order(mark=mark_of(Snapshot())))
    try:
        path.write_bytes(b'{"a": Isolde}\n')
        malformed = worker(part)
        path.unlink()
        gone = worker(part)
        broken = worker(replace(part, path=None))  # type: ignore[arg-type]
    finally:
        worker.close()
    assert isinstance(malformed, PartFailed)
    assert malformed.kind == "ImportFailed"
    assert isinstance(gone, PartFailed)
    assert (gone.kind, "There is no file" in gone.message) == ("UsageError", True)
    assert isinstance(broken, PartFailed)
    assert broken.message.startswith("Internal error: AttributeError in work.py, line ")


def test_other_targets_than_the_run_began_with(tmp_path: Path, order: Orders) -> None:
    (part,) = parts(tmp_path / "x.txt", b"The sea.")
    (failed,) = results_of(iter([part]), order(mark="other"))
    assert isinstance(failed, PartFailed)
    assert failed.kind == "ScrubStopped"


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
