from __future__ import annotations

import io
import json

import pytest

from expunge.cli.output import print_json, print_text, shown


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\x1b[31mb", "a[31mb"),
        ("tab\tline\n", "tab\tline\n"),
        ("\x9b2J\x00é\U0001f600", "2Jé\U0001f600"),
        ("\udc80x", "x"),
        ("a\u202egpj.exe\u2066", "agpj.exe"),
    ],
)
def test_shown(text: str, clean: str) -> None:
    assert shown(text) == clean


def test_json_is_one_line_of_utf8(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": "ä\n"})
    assert capsys.readouterr().out == '{"a": "ä\\n"}\n'


def test_text_in_a_pipe_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    print_text("a\x1bb")
    assert capsys.readouterr().out == "a\x1bb\n"


def test_json_is_json_where_the_terminal_takes_no_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", errors="backslashreplace")
    monkeypatch.setattr("sys.stdout", out)
    print_json({"name": "Ødegård 李"})
    assert json.loads(raw.getvalue()) == {"name": "Ødegård 李"}
