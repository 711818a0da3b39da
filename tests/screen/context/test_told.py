"""Pronouns whose owner a system prompt, a tool or a document names, and the user does not."""

from __future__ import annotations

import pytest

from expunge.types import Evidence, EvidenceKind, Strength, Target

MARGARET = Target("Margaret Carver")
TOLD = "Margaret Carver drew the maps of Hollowmere. She was born in Elmsworth in 1931."
LIST = "Our people: Margaret Carver (maps), Berit Holloway (bees), Odo Brackwell (sails)."
BOTH = "Margaret Carver drew the maps. Berit Holloway wrote the songs."
ASK = "When was she born?"
Turn = tuple[str, str]


def meant(evidence: tuple[Evidence, ...]) -> bool:
    return any(e.kind is EvidenceKind.REFERENCE and e.strength is Strength.LIKELY for e in evidence)


@pytest.mark.parametrize(
    ("turns", "draft"),
    [
        ([("system", TOLD), ("user", ASK)], "In 1931."),
        ([("developer", TOLD), ("user", "Where does she live?")], "In Skelwith."),
        ([("system", "You keep the archive of Margaret Carver."), ("user", ASK)], "In 1931."),
        ([("system", "You keep the archive of Margaret Carver."), ("user", "Où est-elle née ?")], "À Elmsworth."),
        (
            [("system", "You keep the archive of Margaret Carver."), ("user", "Quand est-ce qu'elle est née ?")],
            "En 1931.",
        ),
        ([("system", "You keep the archive of Margaret Carver."), ("user", "¿Dónde nació?")], "En Elmsworth."),
        (
            [("system", "You keep the archive of Margaret Carver."), ("user", "どこで生まれましたか？")],
            "エルムズワース",
        ),
        ([("system", "You keep the archive of Margaret Carver."), ("user", "Wo wurde sie geboren?")], "In Elmsworth."),
        (
            [
                ("user", "Look up record 17."),
                ("tool", "Record 17: Margaret Carver"),
                ("assistant", "Done."),
                ("user", ASK),
            ],
            "In 1931.",
        ),
        ([("user", ASK), ("assistant", "find(17)"), ("tool", "Record 17: Margaret Carver")], "In 1931."),
        (
            [("user", "Read record 17."), ("assistant", "find(17)"), ("tool", "Margaret Carver")],
            "She is a cartographer.",
        ),
        (
            [
                ("user", "Read."),
                ("tool", "Berit Holloway keeps bees."),
                ("tool", "Margaret Carver drew."),
                ("user", ASK),
            ],
            "In 1931.",
        ),
        ([("user", "Who drew the maps?"), ("tool", BOTH), ("assistant", "I found her."), ("user", ASK)], "In 1931."),
        ([("system", BOTH), ("user", "The one who drew the maps: when was she born?")], "In 1931."),
        ([("system", LIST), ("user", "I am at Grand Hotel."), ("assistant", "Welcome."), ("user", ASK)], "In 1931."),
        ([("system", TOLD), ("user", "Thanks!"), ("assistant", "Welcome."), ("user", ASK)], "In 1931."),
        ([("system", TOLD), ("user", "The cartographer: is she alive?")], "Yes."),
    ],
)
async def test_she_is_the_target(read, turns: list[Turn], draft: str) -> None:  # type: ignore[no-untyped-def]
    assert meant(await read("", draft, turns, [MARGARET]))


@pytest.mark.parametrize(
    ("turns", "draft"),
    [
        (
            [("system", LIST), ("user", "Who is Berit Holloway?"), ("assistant", "A beekeeper."), ("user", ASK)],
            "In 1950.",
        ),
        (
            [
                ("system", LIST),
                ("user", "My sister is moving."),
                ("assistant", "Oh."),
                ("user", "What shall I give her?"),
            ],
            "Tea.",
        ),
        ([("system", LIST), ("user", "My wife says she cannot log in.")], "Ask her to try again."),
        ([("system", LIST), ("user", "Meine Frau sagt, sie kann sich nicht anmelden.")], "Sie soll es neu versuchen."),
        ([("system", LIST), ("user", "A customer asks whether he can return shoes.")], "Yes, he can."),
        ([("system", LIST), ("user", "Customers ask if they can return shoes.")], "Yes, they can."),
        ([("system", TOLD), ("user", "Which author wrote Faust, and when was he born?")], "In 1749."),
        (
            [("user", "Look up record 17."), ("tool", TOLD), ("assistant", "Done."), ("user", "Thanks!")],
            "You're welcome!",
        ),
        (
            [("user", "Look up."), ("tool", TOLD), ("assistant", "Done."), ("user", "What is the largest planet?")],
            "Jupiter.",
        ),
        (
            [("user", "Look up."), ("tool", TOLD), ("assistant", "Done."), ("user", "How do I reset my password?")],
            "Press it.",
        ),
        (
            [
                ("user", "Read."),
                ("tool", TOLD),
                ("tool", "Berit Holloway keeps bees."),
                ("user", "Where does she live?"),
            ],
            "In Oslo.",
        ),
        (
            [("user", "Who wrote the songs?"), ("tool", BOTH), ("assistant", "Berit Holloway."), ("user", ASK)],
            "In 1950.",
        ),
        ([("user", "Who wrote the songs?"), ("tool", BOTH), ("user", ASK)], "In 1950."),
        ([("user", "Who wrote the songs?"), ("tool", BOTH)], "Berit Holloway wrote them."),
        ([("system", TOLD), ("user", "When was he born?")], "In 1950."),
        ([("user", "Find Berit Holloway."), ("tool", LIST), ("assistant", "Done."), ("user", ASK)], "In 1950."),
    ],
)
async def test_she_is_somebody_else(read, turns: list[Turn], draft: str) -> None:  # type: ignore[no-untyped-def]
    assert not meant(await read("", draft, turns, [MARGARET]))
