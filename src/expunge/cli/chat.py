"""`expunge chat`: a conversation in the terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Annotated

import typer

from expunge.cli import pending
from expunge.cli.ask import hint_if_empty, show_footer, show_side_by_side
from expunge.cli.options import Config, Json, is_interactive, opened, read_stdin
from expunge.cli.output import note, print_json, print_text, waiting
from expunge.cli.pending import Wait

HELP = "/draft shows or hides the model's own answers, /new starts over, /help shows this, /quit or Ctrl-D ends."


def chat(
    system: Annotated[
        str | None, typer.Option("--system", metavar="TEXT", help="A system prompt for the conversation.")
    ] = None,
    show_draft: Annotated[bool, typer.Option("--show-draft", help="Also show the model's own answers.")] = False,
    wait: Wait = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Chat with the model. In a pipe, each line of standard input is a turn."""
    from expunge.cli.plain_data import of_answer

    opening = [] if system is None else [{"role": "system", "content": system}]
    messages = list(opening)
    with opened(config) as unlearner:
        if not as_json:
            hint_if_empty(unlearner)
        if wait:
            pending.embed(unlearner)
        told = False
        for line in _turns():
            if line == "/quit":
                break
            if line == "/help":
                note(HELP)
                continue
            if is_interactive() and re.fullmatch(r"/[a-z]+", line) and line not in ("/new", "/draft"):
                note(f"There is no command {line}. {HELP}")
                continue
            if line == "/new":
                messages = list(opening)
                note("Started a new conversation.")
                continue
            if line == "/draft":
                show_draft = not show_draft
                note("Drafts are shown." if show_draft else "Drafts are hidden.")
                continue
            messages.append({"role": "user", "content": line})
            with nullcontext() if as_json else waiting("thinking …"):
                answer = unlearner.ask(list(messages), keep_draft=show_draft)
            # The draft never becomes part of the conversation.
            messages.append({"role": "assistant", "content": answer.text})
            if as_json:
                print_json(of_answer(answer))
            elif show_draft:
                show_side_by_side(unlearner, answer)
            else:
                print_text(answer.text)
                show_footer(answer)
            pending.tell_failure(answer.trace.failure)
            if not told:
                pending.tell(answer.trace.pending)
                told = bool(answer.trace.pending)


def _turns() -> Iterator[str]:
    if not sys.stdin.isatty():
        yield from (line.strip() for line in read_stdin().splitlines() if line.strip())
        return
    note(HELP)
    from expunge.cli.output import err

    while True:
        try:
            line = err().input("\n› ").strip()
        except EOFError:
            return
        if line:
            yield line
