"""`expunge ask`: one question, one answer."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from expunge.cli import pending
from expunge.cli.options import Config, Json, opened, read_stdin
from expunge.cli.output import note, out, print_json, print_text, shown, waiting
from expunge.cli.pending import Wait
from expunge.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from expunge.types import Answer
    from expunge.unlearner import Unlearner

NO_TARGETS = 'No target is registered yet. Register one: expunge targets add "NAME" --fact "…"'


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question; - reads it from standard input.")],
    show_draft: Annotated[
        bool,
        typer.Option("--show-draft", help="Show the model's own answer next to the final one, and why they differ."),
    ] = False,
    show_steps: Annotated[
        bool, typer.Option("--show-steps", help="Show what each step saw, wrote and decided, including its texts.")
    ] = False,
    system: Annotated[
        str | None, typer.Option("--system", metavar="TEXT", help="A system prompt for the question.")
    ] = None,
    wait: Wait = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Ask the model a question and print an answer that discloses no target."""
    messages = [] if system is None else [{"role": "system", "content": system}]
    messages.append({"role": "user", "content": _question(question)})
    with opened(config) as unlearner:
        if not as_json:
            hint_if_empty(unlearner)
        if wait:
            pending.embed(unlearner)
        with nullcontext() if as_json else waiting("thinking …"):
            answer = unlearner.ask(messages, keep_draft=show_draft, keep_texts=show_steps)
        if as_json:
            print_json(_with_draft(answer))
        elif show_steps:
            from expunge.cli.steps import show_steps as print_steps

            print_steps(answer)
        elif show_draft:
            show_side_by_side(unlearner, answer)
        else:
            print_text(answer.text)
            show_footer(answer)
        pending.tell_failure(answer.trace.failure)
        pending.tell(answer.trace.pending)


def _question(argument: str) -> str:
    question = read_stdin() if argument == "-" else argument
    if not question.strip():
        raise UsageError("The question is empty; type one.")
    return question


def _with_draft(answer: Answer) -> dict[str, Any]:
    from expunge.cli.plain_data import of_answer

    data = of_answer(answer)
    if answer.draft is not None:
        data["draft"] = answer.draft.text
    return data


def hint_if_empty(unlearner: Unlearner) -> None:
    """Print a hint if no target is in force."""
    if not len(unlearner.targets):
        note(NO_TARGETS)


def show_footer(answer: Answer) -> None:
    """Print one dim summary line, at a terminal only."""
    if sys.stdout.isatty():
        out().print(f"\n{summary(answer)}", style="dim")


def summary(answer: Answer) -> str:
    """Return decision, revision, calls and time in one line."""
    seconds = sum(answer.trace.timings_ms.values()) / 1000
    calls = "1 call" if answer.trace.calls == 1 else f"{answer.trace.calls} calls"
    return f"{answer.decision} · revision {answer.revision} · {calls} · {seconds:.1f} s"


def why(answer: Answer) -> str:
    """Summarize the evidence by kind and channel: "name, fact in the draft; name in the question"."""
    channels: dict[str, dict[str, None]] = {}
    for evidence in answer.trace.evidence:
        if evidence.channel not in ("system", "history"):
            via = f" ({evidence.via})" if evidence.via else ""
            kind = str(evidence.kind).replace("_", " ") + via
            channels.setdefault(evidence.channel.replace("_", " "), {})[kind] = None
    parts = []
    for channel, kinds in channels.items():
        if "name" in kinds:
            # A whole name holds its parts; naming them again says nothing.
            kinds.pop("partial name", None)
        parts.append(f"{', '.join(kinds)} in the {channel}")
    return "; ".join(parts)


def show_side_by_side(unlearner: Unlearner, answer: Answer) -> None:
    """Print the draft, the final answer and the evidence for the difference."""
    draft = answer.draft.text if answer.draft is not None else ""
    reasons = why(answer) or "nothing found"
    if not sys.stdout.isatty():
        print(f"Draft:\n{draft}\n\nFinal ({answer.decision}):\n{answer.text}\n\nEvidence: {reasons}")
        return
    from rich.columns import Columns
    from rich.panel import Panel

    console = out()
    style = {"passed": "green", "rewritten": "yellow", "refused": "red"}[str(answer.decision)]
    width = max(20, console.width // 2 - 1)
    panels: list[RenderableType] = [
        Panel(_plain(draft), title="draft", border_style="dim", width=width),
        Panel(_plain(answer.text), title=f"final: {answer.decision}", border_style=style, width=width),
    ]
    console.print(Columns(panels, padding=(0, 1)))
    console.print(f"Evidence: {reasons}")
    for target_id in answer.targets:
        console.print(f"Target:   {shown(unlearner.targets.get(target_id).name)} ({target_id})")
    console.print(summary(answer), style="dim")


def _plain(text: str) -> RenderableType:
    from rich.text import Text

    return Text(shown(text))
