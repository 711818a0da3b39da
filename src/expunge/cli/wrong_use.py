"""Explain a command line that cannot be parsed: what is wrong, and what was probably meant.

Nothing that may be a text or a name is repeated.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

from typer.exceptions import TyperException

_WORD = re.compile(r"[A-Za-z][a-z_-]{1,24}")
_OTHER_WORDS = {
    "add": "targets add",
    "forget": "targets add",
    "register": "targets add",
    "import": "targets import",
    "list": "targets list",
    "remove": "targets remove",
    "delete": "targets remove",
    "restore": "targets restore",
    "unforget": "targets restore",
    "show": "targets show",
    "history": "targets history",
    "pull": "models pull",
    "download": "models pull",
    "server": "serve",
    "start": "serve",
    "run": "serve",
    "evaluate": "eval",
    "benchmark": "bench",
    "check": "doctor",
    "example": "demo",
    "examples": "demo",
    "version": "--version",
}
"""What people type instead of a command, and the command."""
_NAMED = ("targets", "verify")
"""Commands whose arguments are names."""


def sentence(error: TyperException) -> str:
    """Return one sentence that says what is wrong and where to find help."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "expunge"
    message = error.format_message().rstrip().rstrip(".").replace("\n", " ")
    message = message.replace(": Value error, ", ": ")
    if message.startswith("Got unexpected extra argument"):
        message = _too_many(path, context)
    elif message.startswith("No such command"):
        message = _no_command(message, context)
    elif message.startswith("No such option"):
        message = _no_option(message, context, getattr(error, "option_name", ""))
    stop = "" if message.endswith("?") else "."
    return f"{message}{stop} See: {path} --help"


def _too_many(path: str, context: Any) -> str:
    command = path.partition(" ")[2]
    parameters = getattr(getattr(context, "command", None), "params", ())
    if not any(parameter.param_type_name == "argument" for parameter in parameters):
        return "This command takes options only, no arguments"
    if command == "ask":
        return 'Too many arguments; put the question in quotes: expunge ask "Who is …?"'
    if command.split(" ")[0] in _NAMED and command != "targets import":
        return f'Too many arguments; put the name in quotes: expunge {command} "First Last"'
    return "Too many arguments; put arguments with spaces in quotes"


def _no_command(message: str, context: Any) -> str:
    word = message.removeprefix("No such command ").partition(". Did you mean")[0].strip("'\"")
    if not _WORD.fullmatch(word):
        return "No such command"
    if context is not None and context.parent is None and word.lower() in _OTHER_WORDS:
        return f"No such command '{word}'. Did you mean '{_OTHER_WORDS[word.lower()]}'?"
    if "Did you mean" in message:
        return message
    commands = ", ".join(getattr(getattr(context, "command", None), "commands", ()))
    return f"{message}; choose from {commands}" if commands else message


def _no_option(message: str, context: Any, name: str) -> str:
    message = message.partition(" (Possible options")[0]
    if context is None:
        return message
    known = [option for parameter in context.command.params for option in parameter.opts if option.startswith("--")]
    word = name.partition("=")[0]
    # What begins alike is meant rather than what is spelt alike: "--out" for "--output".
    close = [option for option in known if word.startswith(option) or (len(word) > 3 and option.startswith(word))]
    close += [option for option in difflib.get_close_matches(word, known, n=2, cutoff=0.7) if option not in close]
    return f"{message}. Did you mean {' or '.join(close[:2])}?" if close else message
