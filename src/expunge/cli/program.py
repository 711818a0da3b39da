"""How this program is called from the shell that started it, so that what is printed can be typed as it stands."""

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
    "keys",
    "models",
    "scrub",
    "serve",
    "targets",
    "verify",
    "webhooks",
)
_CALL = re.compile(rf"(?<![\w./\\-]){NAME}(?= (?:--[a-z]|(?:{'|'.join(COMMANDS)})\b))")


def program() -> str:
    """`expunge` where the shell finds this very program under that name, else the way to it from here."""
    own = _own()
    if own is None:
        return NAME
    found = shutil.which(NAME)
    if found is not None and os.path.exists(found) and os.path.samefile(found, own):
        return NAME
    here = Path.cwd()
    try:
        way = own.relative_to(here)
    except ValueError:
        return shlex.quote(str(own))
    # A bare name would be looked for on the PATH.
    return shlex.quote(str(way) if len(way.parts) > 1 else f"./{way}")


def typeable(text: str) -> str:
    """The text with each call of this program in it written as it must be typed; for our own sentences only."""
    if _CALL.search(text) is None:
        return text
    called = program()
    return text if called == NAME else _CALL.sub(lambda _: called, text)


def _own() -> Path | None:
    """The script that was started, or the one beside the interpreter; None where neither is there."""
    started = Path(sys.argv[0]).absolute() if sys.argv and sys.argv[0] else None
    for script in (started, Path(sys.executable).absolute().with_name(NAME)):
        if script is not None and script.name == NAME and script.is_file():
            return script
    return None
