"""`docs/cli.md`, made from the commands themselves: `python -m expunge.cli.reference` writes it anew."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import typer

from expunge.cli.main import app

PAGE = Path(__file__).resolve().parents[3] / "docs" / "cli.md"

_HEAD = """\
# Command line

<!-- Made by `make docs` from the help texts; change those. -->

Results go to standard output, remarks and errors to standard error. Every command takes `--json`; an error
is then also printed on standard output, as `{"error": {"type": …, "message": …}}`.

| exit code | meaning |
| --- | --- |
| 0 | fine |
| 1 | a check failed, or something went wrong inside |
| 2 | wrong use: an argument, a file, the configuration, an endpoint, the registry |
| 3 | something that is needed is missing, or an endpoint cannot be reached |
| 130 | interrupted with Ctrl-C |

`ask --json` prints one object: `text`, `decision` (`passed`, `rewritten` or `refused`), `revision`, `targets`
(ids), `calls` (to chat models), `timings_ms` (by step) and `trace` (the steps, with ids, kinds and numbers and
no text); with `--show-draft` also `draft`.
"""


def render() -> str:
    """The page, as Markdown."""
    root: Any = typer.main.get_command(app)
    return _HEAD + "".join(_sections("expunge", root))


def _sections(path: str, command: Any) -> list[str]:
    commands = getattr(command, "commands", None)
    if commands is None:
        return [_section(path, command)]
    return [part for name, child in commands.items() for part in _sections(f"{path} {name}", child)]


def _section(path: str, command: Any) -> str:
    text = inspect.cleandoc(command.help or "")
    params = [param for param in command.params if not getattr(param, "hidden", False)]
    usage = " ".join([path, *(_placeholder(p) for p in params if p.param_type_name == "argument"), "[OPTIONS]"])
    rows = "".join(f"| {_names(param)} | {_escaped(param.help or '')} |\n" for param in params)
    table = f"\n| argument or option | meaning |\n| --- | --- |\n{rows}" if rows else ""
    return f"\n## {path}\n\n{text}\n\n```text\n{usage}\n```\n{table}"


def _placeholder(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _names(param: Any) -> str:
    if param.param_type_name == "argument":
        return f"`{_placeholder(param).strip('[]')}`"
    names = ", ".join(f"`{name}`" for name in param.opts)
    if getattr(param, "is_flag", False):
        return names
    choices = getattr(param.type_descriptor, "choices", None)
    value = " \\| ".join(str(getattr(c, "value", c)) for c in choices) if choices else param.metavar or "VALUE"
    return f"{names} {value}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
