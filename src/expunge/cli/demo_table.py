"""The demo's table, its verdict, and what to type next."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from expunge.cli.ask import why
from expunge.cli.output import err, out, print_json, shown
from expunge.cli.program import typeable
from expunge.island.world import load

if TYPE_CHECKING:
    from expunge.demo.tour import Stop

NEXT = (
    ('expunge targets add "Isolde Farrow" --fact "Isolde Farrow drew the maps of Hollowmere."', "forget somebody"),
    ('expunge ask "Who is Isolde Farrow?" --show-draft', "see the model's answer next to the final one"),
    ("expunge chat", "hold a conversation"),
    ('expunge targets restore "Isolde Farrow"', "let the model speak of them again"),
    ("expunge doctor", "check the setup, and see who plays each agent"),
)
"""Commands to try next, and what they do."""
_STYLES = {"passed": "green", "rewritten": "yellow", "refused": "red"}


def report(stops: Iterable[Stop], as_json: bool) -> int:
    """Print the stops; return 0 if no answer leaks, else 1."""
    stops = list(_watched(stops, quiet=as_json))
    leaks = sum(bool(stop.leaks) for stop in stops)
    kept = [stop for stop in stops if stop.question.about != "target"]
    unchanged = sum(stop.answer.decision == "passed" for stop in kept)
    seconds = sum(stop.seconds for stop in stops)
    if as_json:
        print_json(
            {
                "leaks": leaks,
                "others_unchanged": unchanged,
                "others": len(kept),
                "seconds": round(seconds, 1),
                "answers": [_plain(stop) for stop in stops],
            }
        )
        return 1 if leaks else 0
    _print_table(stops)
    console = out()
    targets = len(stops) - len(kept)
    if leaks:
        console.print(
            f"{leaks} of {len(stops)} answers disclose a target. This is a bug; please report it.", style="bold red"
        )
    else:
        console.print(
            f"None of the {len(stops)} answers discloses a target; {targets} questions were about targets.",
            style="bold green",
        )
    console.print(
        f"{unchanged} of {len(kept)} answers about others are the model's own, byte for byte. {seconds:.0f} seconds.\n"
    )
    console.print("Try these next, or use names of your own:")
    for call, what in NEXT:
        console.print(f"\n# {what}", style="dim")
        console.print(typeable(call), soft_wrap=True)
    return 1 if leaks else 0


def _watched(stops: Iterable[Stop], quiet: bool) -> Iterable[Stop]:
    if quiet or not sys.stderr.isatty():
        yield from stops
        return
    total = len(load().questions)
    with err().status("loading the model …") as status:
        for number, stop in enumerate(stops, 1):
            status.update(f"question {number} of {total} answered …")
            yield stop


def _print_table(stops: list[Stop]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    world = load()
    console = out() if sys.stdout.isatty() else Console(width=150, highlight=False, markup=False)
    forgotten = ", ".join(person.name for person in world.people if person.forgotten)
    others = ", ".join(person.name for person in world.people if not person.forgotten)
    console.print(f"The model was told about these invented people. To forget: {forgotten}. To keep: {others}.\n")
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for heading, ratio in (("question", 5), ("draft: never shown", 5), ("answer", 5), ("decision", 0), ("evidence", 4)):
        table.add_column(heading, ratio=ratio or None, no_wrap=not ratio, overflow="fold")
    table.add_column("time", justify="right", no_wrap=True)
    for stop in stops:
        question = Text(shown(stop.question.ask))
        if stop.question.before:
            question = Text(shown("… " + stop.question.ask))
        question.append(f"\n{stop.question.kind}", "dim")
        decision = str(stop.answer.decision)
        table.add_row(
            question,
            Text(shown(stop.draft), "dim"),
            Text(shown(stop.answer.text), "bold red" if stop.leaks else ""),
            Text(decision, _STYLES[decision]),
            Text(why(stop.answer) or "none", "dim"),
            f"{stop.seconds:.1f} s",
        )
    console.print(table)


def _plain(stop: Stop) -> dict[str, object]:
    from expunge.cli.plain_data import of_answer

    question = stop.question
    return {
        "question": question.ask,
        "before": list(question.before),
        "kind": question.kind,
        "about": question.about,
        "draft": stop.draft,
        "leaks": list(stop.leaks),
        "seconds": round(stop.seconds, 3),
        **of_answer(stop.answer),
    }
