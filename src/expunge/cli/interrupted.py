"""An error for Ctrl-C that says what was kept."""

from __future__ import annotations

from expunge.errors import ExpungeError


class Interrupted(ExpungeError):
    """Ctrl-C during work that was undone, or that can be resumed."""

    exit_code = 130
