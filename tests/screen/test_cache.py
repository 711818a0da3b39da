"""What was found in a text is not looked for again."""

from __future__ import annotations

from expunge.screen.matches import Found, Remembered
from expunge.screen.screen import Screen
from expunge.types import Draft, Message, Snapshot, Target


def test_the_last_texts_are_known() -> None:
    looked: list[str] = []

    def find(text: str) -> Found:
        looked.append(text)
        return ()

    remembered = Remembered(most=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        assert remembered.of(text, "0", lambda text=text: find(text)) == ()  # type: ignore[misc]
    assert looked == ["a", "b", "c", "b"]
    remembered.of("a", "1", lambda: find("read in another way"))
    assert looked[-1] == "read in another way"


async def test_a_text_is_read_anew_when_other_targets_are_in_force() -> None:
    screen = Screen()
    first = Target("Orla Maeve Fenwick", id="t1")
    question = [Message("user", "Who are Orla Maeve Fenwick and Brendan Garrow?")]
    before = Snapshot(1, {"t1": first}, 1, {})
    after = Snapshot(2, before.base, 1, {"t1": None, "t2": Target("Brendan Garrow", id="t2")})
    for snapshot, named in ((before, {"t1"}), (after, {"t2"}), (before, {"t1"})):
        for _ in range(2):
            found = await screen.read(snapshot, question, Draft("Both are puppeteers."))
            assert {evidence.target_id for evidence in found} == named
