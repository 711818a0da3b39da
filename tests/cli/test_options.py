from __future__ import annotations

import io
import sys

import pytest

from expunge.cli.options import is_interactive, read_stdin


def test_a_byte_order_mark_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\ufeffWer ist das?".encode()), encoding="utf-8"))
    assert read_stdin() == "Wer ist das?"


def test_a_pipe_is_not_interactive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert not is_interactive()
