from __future__ import annotations

import pytest

from benchmarks.ledger import Reckoning
from benchmarks.show import soak_table
from benchmarks.soak import measure_soak, said_in
from benchmarks.talker import KNOWN, told, town_of
from tests.bench.reading import text_of


@pytest.mark.parametrize(
    "text",
    [
        '{"choices": [{"message": {"content": "Orla Fenwick"}}]}',
        'data: {"choices": [{"delta": {"content": "Orla F"}}]}\n\n'
        'data: {"choices": [{"delta": {"content": "enwick"}}]}\n\n',
        'event: x\ndata: {"type": "x", "delta": "Orla "}\n\nevent: x\ndata: {"type": "x", "delta": "Fenwick"}\n\n',
    ],
)
def test_what_comes_in_pieces_is_read_in_a_row(text: str) -> None:
    assert "Orla Fenwick" in said_in(text)


def test_the_upstream_tells_all_it_knows() -> None:
    assert town_of(KNOWN[0]) in told(f"Where does {KNOWN[0]} live?")
    assert len({town_of(name) for name in KNOWN}) == len(KNOWN)
    assert not any(name in told("What is there to see?") for name in KNOWN)


@pytest.mark.slow
async def test_a_few_seconds_lose_nothing_and_tell_nothing() -> None:
    run = await measure_soak(0.1, 4, 40, lambda what, done, total: None)
    assert run.reckoning == Reckoning(0, 0, 0)
    assert (run.leaks, run.suppressed, run.odd, run.chain_verifies) == (0, 0, {}, True)
    assert run.answers > 20
    assert run.changes > 0
    assert all(mb > 20 for mb in run.memory.mb)
    assert "audit chain" in text_of(soak_table(run))
