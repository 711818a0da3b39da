"""`expunge targets confirm`: confirm or drop what the model said about a target at registration."""

from __future__ import annotations

from typing import Annotated

import typer

from expunge.cli.options import Config, Json, opened
from expunge.cli.output import out, print_json, shown
from expunge.cli.targets import Ref
from expunge.errors import UsageError
from expunge.text.counting import counted
from expunge.types import Fact, Target

Numbers = Annotated[
    list[int] | None, typer.Option("--fact", metavar="N", min=1, help="Confirm the fact with this number; repeatable.")
]
Dropped = Annotated[
    list[int] | None, typer.Option("--drop", metavar="N", min=1, help="Drop the fact with this number; repeatable.")
]


def confirm(
    ref: Ref,
    fact: Numbers = None,
    drop: Dropped = None,
    every: Annotated[bool, typer.Option("--all", help="Confirm all facts that are not dropped.")] = False,
    drop_all: Annotated[bool, typer.Option("--drop-all", help="Drop all facts that are not confirmed.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Confirm or drop what the model said about a target; without options, list it by number.

    Unconfirmed facts count only where the target is named.
    """
    if every and (fact or drop_all):
        raise UsageError("Give either --all, or --fact and --drop-all.")
    with opened(config, ask_for_weights=False) as unlearner:
        target = unlearner.targets.get(ref)
        held = target.unconfirmed
        if fact or drop or every or drop_all:
            dropped = _of(held, drop)
            kept = None if every else _of(held, fact)
            if drop_all:
                dropped = [one.text for one in held if one.text not in (kept or ())]
            target = unlearner.targets.confirm(target.id, kept, drop=dropped)
    if as_json:
        from expunge.cli.plain_data import of_target

        print_json(of_target(target))
        return
    _tell(target)


def _of(held: tuple[Fact, ...], numbers: list[int] | None) -> list[str]:
    """Return the texts of facts by number.

    Raises:
        UsageError: if a number is out of range.
    """
    for number in numbers or ():
        if number > len(held):
            raise UsageError(f"Fact {number} does not exist; the target has {counted(len(held), 'unconfirmed fact')}.")
    return [held[number - 1].text for number in numbers or ()]


def _tell(target: Target) -> None:
    console = out()
    left = target.unconfirmed
    facts = counted(len(target.facts) - len(left), "fact")
    if not left:
        console.print(f"{shown(target.name)} has {facts}, all confirmed.")
        return
    console.print(f"{shown(target.name)} has {facts}, and these unconfirmed ones from the model:")
    for number, one in enumerate(left, 1):
        console.print(f"{number:4}  {shown(one.text)}")
    console.print("Confirm them with --fact N or --all, drop them with --drop N or --drop-all.", style="dim")
