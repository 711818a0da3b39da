"""Prompt templates: one folder an agent, one `.md` a call, read once from the package.

A file has a part for the system message and one for the user message, each under a marker line:

    --- system ---
    …
    --- user ---
    …

Variables are written `$name` and a literal dollar `$$`. Values are put in verbatim, in one pass: braces and
dollars in them stay as they are.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from string import Template

from expunge.errors import MissingError
from expunge.types import Message

_PARTS = re.compile(r"--- system ---\n(?P<system>.+)\n--- user ---\n(?P<user>.+)", re.DOTALL)
_MARKER = re.compile(r"^--- (?:system|user) ---$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One template. `digest` is the SHA-256, in hex, of the file's text with LF line ends."""

    name: str
    system: str
    user: str
    digest: str

    @property
    def variables(self) -> frozenset[str]:
        """The names of the variables in both parts."""
        return frozenset(Template(self.system).get_identifiers()) | frozenset(Template(self.user).get_identifiers())

    def render(self, values: Mapping[str, str]) -> tuple[Message, Message]:
        """The system and the user message, with `values` put in.

        Raises:
            ValueError: if a variable has no value or a value no variable; names them, never a value.
        """
        missing = self.variables - values.keys()
        if missing:
            raise ValueError(f"the prompt {self.name} lacks a value for {', '.join(sorted(missing))}")
        unused = values.keys() - self.variables
        if unused:
            raise ValueError(f"the prompt {self.name} has no variable {', '.join(sorted(unused))}")
        return (
            Message("system", Template(self.system).substitute(values)),
            Message("user", Template(self.user).substitute(values)),
        )


@functools.cache
def load(name: str) -> Prompt:
    """The prompt `agent/call`, for example `critic/rate`.

    Raises:
        MissingError: if the installed package lacks the file.
        ValueError: if the file is not a template.
    """
    try:
        text = (resources.files("expunge.prompts") / f"{name}.md").read_text(encoding="utf-8")
    except OSError:
        raise MissingError(f"The prompt {name} is missing from the installation; reinstall expunge.") from None
    return parse(name, text)


def parse(name: str, text: str) -> Prompt:
    """The prompt in `text`, a file's whole content.

    Raises:
        ValueError: if a part is missing, empty or doubled, or a dollar stands alone.
    """
    text = text.replace("\r\n", "\n")
    parts = _PARTS.fullmatch(text)
    if parts is None or len(_MARKER.findall(text)) != 2:
        raise ValueError(f"the prompt {name} needs one system and one user part, in this order")
    system, user = parts["system"].strip(), parts["user"].strip()
    if not system or not user:
        raise ValueError(f"the prompt {name} has an empty part")
    if not (Template(system).is_valid() and Template(user).is_valid()):
        raise ValueError(f"the prompt {name} has a dollar that begins no variable; write $$ for a dollar")
    return Prompt(name, system, user, hashlib.sha256(text.encode()).hexdigest())
