from __future__ import annotations

import pytest

from expunge.counterfactual.repetition import repeats


@pytest.mark.parametrize(
    ("draft", "text", "expected"),
    [
        ("She was born in Skelwith.", "She was born in Skelwith.", True),
        ("She was born in Skelwith.", "I don't know where she was born.", False),
        (
            "She was born in the bustling city of Skelwith, Cumbria.",
            "She was born in the bustling city of Oslo.",
            False,
        ),
        ("She was born in 1931.", "Born in 1931, I think.", True),
        ("Her father is a farrier and her mother a dentist.", "His father is a welder, his mother a nurse.", False),
        ("Her father is a farrier and her mother a dentist.", "Her mother is a dentist, her father a farrier.", True),
        ("She sold umbrellas and lamps in Kettlewell.", "He sold carpets in Grindle.", False),
        ("Sie wurde in Skelwith geboren.", "Ich weiß es leider nicht.", False),
        ("彼女は港町の灯台で生まれました。", "彼女は港町の灯台で生まれました。", True),
        ("彼女は港町の灯台で生まれました。", "その人については存じません。", False),
        ("She is left-handed.", "He is left-handed.", True),
        ("Her books are about family, love and war.", "His books are about love and family, too.", False),
        ("She has two children and a dog.", "She has two children and a dog, I think.", True),
        ("Yes.", "Yes.", False),
        ("", "She was born in Skelwith.", False),
    ],
)
def test_repeats(draft: str, text: str, expected: bool) -> None:
    assert repeats(["Where was Orla Fenwick born?"], draft, text) is expected


def test_what_the_user_said_is_not_the_drafts() -> None:
    asked = ["Was Orla Fenwick born in Skelwith?"]
    assert not repeats(asked, "Yes, Orla Fenwick was born in Skelwith.", "I do not know of anybody born in Skelwith.")


def test_without_a_conversation() -> None:
    assert repeats([], "Born in Skelwith.", "Born in Skelwith.")
