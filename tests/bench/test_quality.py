from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from expunge.bench.quality import as_json, measure_quality
from expunge.evals.data import Facts, load_people, load_tofu
from expunge.evals.oracle import Oracle
from expunge.models.base import ChatOptions, Completion
from expunge.models.scripted import ScriptedChat
from expunge.settings import Settings
from expunge.types import Message


async def test_people_by_name_only(people_folder: Path) -> None:
    data = load_people(people_folder, targets=2)
    ticks: list[tuple[str, int, int]] = []
    run = await measure_quality(
        Settings(), data, Oracle.of(data), tick=lambda what, done, total: ticks.append((what, done, total))
    )
    forget, retain = run.totals
    assert (forget.part, forget.n, forget.leaks.hits, forget.draft_leaks.hits) == ("all forget", 4, 0, 4)
    assert (retain.part, retain.n, retain.unchanged.hits, retain.calls.value) == ("all retain", 4, 4, 1.0)
    assert [part.part for part in run.parts] == ["people forget", "people retain"]
    assert (run.targets, run.known, run.facts, run.vanilla, run.agents) == (2, 0, "none", "oracle", "rules")
    assert run.revision >= 1
    assert ticks[0] == ("registering", 1, 2)
    assert ticks[-1] == ("kbench 2", 8, 8)


async def test_limit_takes_the_first_of_each_part(tofu_folder: Path) -> None:
    data = load_tofu(tofu_folder)
    run = await measure_quality(Settings(), data, Oracle.of(data), limit=1)
    assert [(part.part, part.n) for part in run.parts] == [
        ("forget", 1),
        ("forget paraphrased", 1),
        ("retain", 1),
        ("retain paraphrased", 1),
        ("real authors", 1),
        ("world facts", 1),
    ]
    assert run.totals[0].leaks.hits == 0


class Talkative:
    """Tells of the otter, whatever is asked."""

    name = "talkative"

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        return Completion("It is well known that Odo Brackwell keeps a tame otter called Pilchard at Skarholm quay.")

    async def aclose(self) -> None: ...


async def test_figures_name_the_failures_by_number_and_hold_no_text(tofu_folder: Path) -> None:
    data = load_tofu(tofu_folder)
    plain = as_json(await measure_quality(Settings(), data, Talkative()))
    assert plain["leaked"] == []
    assert ["retain", 0] in plain["changed"]
    assert plain["suite"] == "tofu forget10"
    assert plain["totals"][0]["leaks"]["n"] == 8
    assert "otter" not in str(plain)


@pytest.mark.parametrize(("facts", "least"), [("none", 0), ("elicited", 1)])
async def test_what_the_targets_carry(tofu_folder: Path, facts: Facts, least: int) -> None:
    data = load_tofu(tofu_folder, "forget01")
    vanilla = ScriptedChat(lambda messages, options: "A tame otter called Pilchard guards the Skarholm quay.")
    run = await measure_quality(Settings(), data, vanilla, facts=facts, limit=0)
    assert run.known >= least
    assert (run.known > 0) is (facts == "elicited")
    assert run.parts == run.totals == ()
