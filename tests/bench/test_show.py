from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from expunge.bench.memory import Memory
from expunge.bench.profiles import ProfileCost
from expunge.bench.screen import ScreenTime
from expunge.bench.show import profiles_table, quality_tables, screen_table, share, start_table, transcript
from expunge.bench.start import StartTime
from expunge.evals.data import Question
from expunge.evals.metrics import Mean, Rate
from expunge.evals.outcomes import judge, summarise
from expunge.types import Answer, Decision, Draft, Evidence, EvidenceKind, Step, Strength, Trace


def shown(*tables: object) -> str:
    console = Console(width=160, record=True, file=None, quiet=True)
    with console.capture() as capture:
        console.quiet = False
        for table in tables:
            console.print(table)
    return capture.get()


def outcome() -> Answer:
    evidence = Evidence("t1", EvidenceKind.PARTIAL_NAME, Strength.HINT, "question", 0, 3)
    steps = (
        Step("vanilla", "model", 300.0, calls=1, prompt_chars=19),
        Step("screen", "code", 2.5, evidence=(evidence,)),
    )
    return Answer("I'm not familiar with that.", Decision.REFUSED, 1, trace=Trace(steps), draft=Draft("The Black Sea."))


QUESTION = Question("retain", 3, "Where does the Danube end?", "Black Sea")


def test_rates_with_n_and_interval() -> None:
    assert share(Rate(2, 800)) == "0.25 [dim](0.1-0.9)[/]"


def test_quality() -> None:
    secret = replace(QUESTION, part="forget", forget=True)
    keep = quality_tables("tofu", summarise([judge(QUESTION, outcome(), 0.4)]))
    both = quality_tables("tofu", summarise([judge(q, outcome(), 0.4) for q in (QUESTION, secret)]))
    assert [str(table.title) for table in keep] == ["tofu: to keep", "tofu: cost"]
    assert [str(table.title) for table in both] == ["tofu: to forget", "tofu: to keep", "tofu: cost"]
    text = shown(*both)
    assert "0.00 (0.0-79.3)" in text
    assert "2.50" in text


def test_screen_start_and_profiles() -> None:
    rows = [ScreenTime(n, 0, 1.0, ms, 2 * ms, 2.0, 3.0, 4.0, 100, 7) for n, ms in ((1_000, 0.5), (1_000_000, 0.75))]
    text = shown(screen_table(rows, [Memory(1_000_000, 90.0, 400.0, 250.0, 900.0)], "Screen"))
    assert "first: 1.50" in text
    assert "1,000,000" in text
    assert " 650 " in text
    assert "1.25" in shown(start_table(StartTime(1.25, 1.5, 0.02, 5)))
    cost = ProfileCost("paper", 20, "others", 4, Mean(9.0, 4, 0.5), Mean(12345.0, 4, 1.0), 3.0)
    assert "9.00 ±0.50" in shown(profiles_table([cost]))


def test_a_transcript_tells_everything_of_one_case() -> None:
    text = transcript(judge(QUESTION, outcome(), 0.4))
    assert text.startswith("CHANGED retain 3: refused\n")
    for line in (
        "Where does the Danube end?",
        "Black Sea",
        "The Black Sea.",
        "not familiar",
        "partial_name hint in question",
    ):
        assert line in text
