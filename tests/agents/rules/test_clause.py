"""What is left of a sentence that tells of a target and of somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.agents.rules.attribution import read_draft
from expunge.agents.rules.clause import cut


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("Anton Kahn (Marisa Vell's brother) was born in Kelm.", "Anton Kahn was born in Kelm."),
        ("Anton Kahn, Marisa Vell's brother, was born in Kelm.", "Anton Kahn was born in Kelm."),
        ("Marisa Vell's brother Anton Kahn was born in Kelm.", "Anton Kahn was born in Kelm."),
        ("Anton Kahn baked bread, while Marisa Vell wrote odes.", "Anton Kahn baked bread."),
        ("Marisa Vell wrote odes, but Anton Kahn baked bread.", "Anton Kahn baked bread."),
        ("Anton Kahn, Marisa Vell and Ivo Lenz came to Kelm.", "Anton Kahn and Ivo Lenz came to Kelm."),
        ("Anton Kahn trained with Marisa Vell in Kelm.", "Anton Kahn trained in Kelm."),
        ("Anton Kahn and Marisa Vell moved to Kelm.", "Anton Kahn moved to Kelm."),
        ("Anton Kahn and Marisa Vell were born in Kelm.", "Anton Kahn was born in Kelm."),
        # Where no plain joint is, or what is left tells of both, the sentence goes.
        ("Anton Kahn and Marisa Vell are married in Kelm.", None),
        ("Anton Kahn taught Marisa Vell.", None),
        ("Marisa Vell was taught by Anton Kahn.", None),
        ("Winter Harbour, the novel by Marisa Vell, made money.", None),
        ("Anton Kahn baked bread, and Marisa Vell sold it with her odes.", "Anton Kahn baked bread."),
    ],
)
def test_plain_joints(sentence: str, left: str | None, make_case: Any) -> None:
    reading = read_draft(make_case("Who is Anton Kahn?", sentence, "Marisa Vell"), ["t0"])
    assert cut(reading, reading.elements[0]) == left


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("Anton Kahn ist Bäcker, während Marisa Vell Oden schrieb.", "Anton Kahn ist Bäcker."),
        ("Während Marisa Vell Oden schrieb, backte Anton Kahn Brot.", None),
        ("Anton Kahn était boulanger, mais Marisa Vell écrivait des odes.", "Anton Kahn était boulanger."),
        ("Anton Kahn (hermano de Marisa Vell) nació en Kelm.", "Anton Kahn nació en Kelm."),
    ],
)
def test_in_other_languages(sentence: str, left: str | None, make_case: Any) -> None:
    reading = read_draft(make_case("Anton Kahn?", sentence, "Marisa Vell"), ["t0"])
    assert cut(reading, reading.elements[0]) == left
