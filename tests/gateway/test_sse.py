"""Events of a stream, however its bytes are cut."""

from __future__ import annotations

import pytest

from expunge.gateway.sse import Event, EventParser

STREAM = (
    'data: {"a": 1}\n\n: a comment\n\nevent: done\r\ndata: one\r\ndata: two é\r\n\r\n'
    "data:bare\r\rid: 7\ndata: [DONE]\n\n"
)
EVENTS = [Event('{"a": 1}'), Event("one\ntwo é", "done"), Event("bare"), Event("[DONE]")]


def parsed(*chunks: bytes) -> list[Event]:
    parser = EventParser()
    return [event for chunk in chunks for event in parser.feed(chunk)]


def test_a_stream_cut_anywhere_gives_the_same_events() -> None:
    data = STREAM.encode()
    for cut in range(len(data) + 1):
        assert parsed(data[:cut], data[cut:]) == EVENTS, cut
    assert parsed(*[data[i : i + 1] for i in range(len(data))]) == EVENTS


@pytest.mark.parametrize(
    ("data", "unfinished"),
    [
        (b"", False),
        (b"data: x\n\n", False),
        (b": comment\n\n", False),
        (b"data: x", True),
        (b"data: x\n", True),
        (b"dat", True),
    ],
)
def test_what_was_begun_and_not_ended(data: bytes, unfinished: bool) -> None:
    parser = EventParser()
    list(parser.feed(data))
    assert parser.unfinished is unfinished


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_comes_back_from_its_bytes(event: Event) -> None:
    assert parsed(event.encoded()) == [event]


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert parsed(b"data: \xff\xfe\n\n") == [Event("\ufffd\ufffd")]


def test_what_was_received_is_sent_without_what_nobody_reads() -> None:
    events = parsed(b"data:a\r\n\r\n: Odo\nid: Odo\nevent: x\ndata: b\n\nretry: 1\n\n", b"data: \xff\n\n")
    assert [event.encoded() for event in events] == [
        b"data:a\r\n\r\n",
        b"event: x\ndata: b\n\n",
        "data: \ufffd\n\n".encode(),
    ]
