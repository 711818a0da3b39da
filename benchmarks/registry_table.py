"""The figures of a registry of very many targets as a table, one column a size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.registry import Size

_ROWS: tuple[tuple[str, Callable[[Size], str]], ...] = (
    ("registered a second", lambda s: f"{s.per_second:,.0f}"),
    ("… processor time", lambda s: f"{s.imported['cpu_s']:.1f} s"),
    ("… facts embedded a second (stand-in)", lambda s: _rate(s.imported["embedded"], s.imported["embed_s"])),
    ("… most memory", lambda s: f"{s.imported['peak_mb']:,.0f} MB"),
    ("process start to ready", lambda s: f"{s.start_s:.1f} s"),
    ("… processor time", lambda s: f"{s.served['start_cpu_s']:.1f} s"),
    ("… registry opened", lambda s: f"{s.served['open_s']:.1f} s"),
    ("… indexed", lambda s: f"{s.served['index_s']:.1f} s"),
    ("… facts embedded", lambda s: f"{s.served['embedded']:,}"),
    ("… memory, most", lambda s: f"{s.served['resident_mb']:,.0f}, {s.served['start_peak_mb']:,.0f} MB"),
    ("answer screened, 50 %", lambda s: f"{s.served['answer_p50_ms']:.2f} ms"),
    ("… 99 %", lambda s: f"{s.served['answer_p99_ms']:.2f} ms"),
    ("… processor time, mean", lambda s: f"{s.served['answer_cpu_ms']:.2f} ms"),
    ("new target in force, 50 %", lambda s: f"{s.served['force_p50_ms']:.1f} ms"),
    ("… most", lambda s: f"{s.served['force_max_ms']:.1f} ms"),
    ("lifted, out of force, 50 %", lambda s: f"{s.served['lifted_p50_ms']:.1f} ms"),
    ("many at once: how many", lambda s: f"{s.served['renewed']:,}"),
    ("… in force, once stored", lambda s: f"{s.served['renewed_force_ms']:.0f} ms"),
    ("… large index renewed in", lambda s: f"{s.served['renewal_s']:.1f} s"),
    ("… answer meanwhile, 50 %", lambda s: _ms(s, "renewing_p50_ms")),
    ("… 99 %", lambda s: _ms(s, "renewing_p99_ms")),
    ("memory, most of all", lambda s: f"{s.served['peak_mb']:,.0f} MB"),
    ("nearest fact found", lambda s: _share(s, "nearest")),
    ("32 nearest facts found", lambda s: _share(s, "near")),
)


def registry_table(sizes: Sequence[Size], database: str) -> Table:
    """What each size takes."""
    title = f"Registry on {database}"
    table = Table(title=title, title_justify="left", caption_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("targets")
    for size in sizes:
        table.add_column(f"{size.targets:,}{f' × {size.facts // size.targets}' if size.facts else ''}", justify="right")
    for label, cell in _ROWS:
        table.add_row(label, *(cell(size) for size in sizes))
    table.caption = (
        "Answers have 1,000 characters and are read with their question. Facts are embedded by a stand-in, which\n"
        "makes vectors of 384 dimensions from words in no time; a real model's time comes on top."
    )
    return table


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f}" if count else "-"


def _ms(size: Size, key: str) -> str:
    return f"{size.served[key]:.2f} ms" if key in size.served else "-"


def _share(size: Size, key: str) -> str:
    return f"{100 * size.served['recall'][key]:.2f} %" if "recall" in size.served else "-"
