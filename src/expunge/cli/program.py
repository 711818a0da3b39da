"""Find how to call this program from the current shell, so that printed commands can be copied."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

NAME = "expunge"
COMMANDS = (
    "ask",
    "audit",
    "bench",
    "chat",
    "demo",
    "doctor",
    "eval",
    "init",
    "keys",
    "mcp",
    "models",
    "scrub",
    "serve",
    "targets",
    "verify",
    "webhooks",
)
_CALL = re.compile(rf"(?<![\w./\\-]){NAME}(?= (?:--[a-z]|(?:{'|'.join(COMMANDS)})\b))")
_PIP = re.compile(r"(?<![\w./\\-])(?<!-m )pip(?= install )")


def program() -> str:
    """Return `expunge` if the shell finds this very program by that name, otherwise its path from here."""
    own = _own()
    if own is None and _is_module():
        return f"{_python()} -m {NAME}"
    return NAME if own is None else _way(own, NAME)


def pip() -> str:
    """Return `pip` if the shell's belongs to this interpreter, otherwise `PYTHON -m pip`."""
    own = Path(sys.executable).absolute()
    found = shutil.which("pip")
    if (_own() is None and not _is_module()) or (found is not None and Path(found).absolute().parent == own.parent):
        return "pip"
    return f"{_python()} -m pip"


def typeable(text: str) -> str:
    """Rewrite calls of this program or of pip in one of our own sentences as the shell needs them."""
    if _CALL.search(text):
        called = program()
        text = _CALL.sub(lambda _: called, text)
    if _PIP.search(text):
        installer = pip()
        text = _PIP.sub(lambda _: installer, text)
    return text


def _way(own: Path, name: str) -> str:
    """The name where the shell finds that file by it, else the way to the file from here."""
    found = shutil.which(name)
    if found is not None and os.path.exists(found) and os.path.samefile(os.path.dirname(found), own.parent):
        return name
    if found is not None and name == NAME and os.path.samefile(found, own):
        return name  # a link to it, as installers of programs make
    try:
        way = own.relative_to(Path.cwd())
    except ValueError:
        return shlex.quote(str(own))
    # A bare name would be looked for on the PATH.
    return shlex.quote(str(way) if len(way.parts) > 1 else f"./{way}")


def _python() -> str:
    """This interpreter, as the shell is to be told of it."""
    own = Path(sys.executable).absolute()
    return _way(own, own.name)


def _is_module() -> bool:
    """Whether it was started as `python -m expunge`."""
    script = Path(sys.argv[0]) if sys.argv and sys.argv[0] else Path()
    return script.name == "__main__.py" and script.parent.name == NAME


def _own() -> Path | None:
    """The script that was started; None where this runs inside another program."""
    script = Path(sys.argv[0]).absolute() if sys.argv and sys.argv[0] else None
    return script if script is not None and script.name == NAME and script.is_file() else None
