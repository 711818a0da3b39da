"""Ctrl-C where there is more to say than that."""

from __future__ import annotations

from expunge.errors import ExpungeError


class Interrupted(ExpungeError):
    """Ctrl-C during something that was undone, or can be taken up again."""

    exit_code = 130
