"""Names where only ids belong."""

from __future__ import annotations

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.proxy.egress_check import check_egress
from expunge.screen.screen import Screen
from expunge.types import Snapshot, Target

ORLA, FIELD = Target("Orla Maeve Fenwick", aliases=("Orla",), id="t_1"), Target("Volcanology", id="t_2", kind="topic")
SNAPSHOT = Snapshot(revision=1, base={ORLA.id: ORLA, FIELD.id: FIELD}, base_id=1)
SCREEN = Screen()


@pytest.mark.parametrize(
    "leaving",
    [
        b'{"id": "chatcmpl-xOrlaMaeveFenwick9"}',
        b'{"id": "ORLA.MAEVE_fenwick"}',
        b'{"id": "Orla\\u004daeve\\u0046enwick"}',
        b'data: {"id": "c-orla-maeve-fenwick"}\n\n',
    ],
)
def test_a_whole_name_keeps_the_answer_back(leaving: bytes) -> None:
    with pytest.raises(ModelReplyError):
        check_egress(SCREEN, SNAPSHOT, leaving, ["Tea is ready."], b'{"model": "stub"}')


@pytest.mark.parametrize(
    ("leaving", "read", "asked"),
    [
        (b'{"id": "chatcmpl-7xK"}', [], b""),
        (b'{"id": "orla"}', [], b""),
        (b'{"id": "xfenwick"}', [], b""),
        (b'{"id": "volcanology"}', [], b""),
        (b'{"content": "Orla Maeve Fenwick"}', ["Her name is Orla Maeve Fenwick."], b""),
        (b'{"model": "orla-maeve-fenwick"}', [], b'{"model": "Orla-Maeve-Fenwick"}'),
    ],
)
def test_what_was_read_or_asked_and_what_is_no_whole_name_may_leave(
    leaving: bytes, read: list[str], asked: bytes
) -> None:
    check_egress(SCREEN, SNAPSHOT, leaving, read, asked)
