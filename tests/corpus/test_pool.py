from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from itertools import repeat
from pathlib import Path

import pytest

from expunge.corpus import pool
from expunge.corpus.files import cut
from expunge.corpus.parts import Kind, Order, PartDone
from expunge.corpus.work import mark_of
from expunge.errors import ScrubStopped
from expunge.registry.store import Registry
from expunge.settings import Settings


def test_processes_come_and_go(tmp_path: Path, settings: Settings, order: Callable[..., Order]) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"The sea is wide.\n")
    (part,) = cut(0, path, Kind.PARAGRAPHS).parts
    with Registry.open(settings.registry.url) as registry:
        by = order(mark=mark_of(registry.snapshot()))
    results = pool.results_of(repeat(part), by, 1)
    first = next(results)
    assert isinstance(first, PartDone)
    assert first.data == b"The sea is wide.\n"
    # Whoever stops listening ends the processes, whatever they do.
    results.close()
    assert multiprocessing.active_children() == []
    # A process that dies ends the run with a sentence.
    results = pool.results_of(repeat(part), by, 1)
    next(results)
    for process in multiprocessing.active_children():
        process.kill()
    with pytest.raises(ScrubStopped, match="ended by itself"):
        list(results)
    assert multiprocessing.active_children() == []
