from __future__ import annotations

from rich.console import Console

from expunge.bench.memory import Memory
from expunge.bench.screen import ScreenTime
from expunge.bench.show import screen_table, start_table
from expunge.bench.start import StartTime


def shown(*tables: object) -> str:
    console = Console(width=160, record=True, file=None, quiet=True)
    with console.capture() as capture:
        console.quiet = False
        for table in tables:
            console.print(table)
    return capture.get()


def test_screen_and_start() -> None:
    rows = [ScreenTime(n, 0, 1.0, ms, 2 * ms, 2.0, 3.0, 4.0, 100, 7) for n, ms in ((1_000, 0.5), (1_000_000, 0.75))]
    text = shown(screen_table(rows, [Memory(1_000_000, 90.0, 400.0, 250.0, 900.0)], "Screen"))
    assert "first: 1.50" in text
    assert "1,000,000" in text
    assert " 650 " in text
    assert "1.25" in shown(start_table(StartTime(1.25, 1.5, 0.02, 5)))
