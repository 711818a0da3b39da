"""A text pasted beside a question: whom it names on the side, and whom the question is about."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

import pytest

from expunge.agents.roles import Roles
from expunge.pipeline import Pipeline
from expunge.screen.screen import Screen
from expunge.settings import PolicySettings
from expunge.types import Decision, Draft, Message, Snapshot, Target

MARGARET = Target("Margaret Carver", id="t")
PEOPLE = (
    "[1] Margaret Carver drew the maps of Hollowmere from 1950.\n\n"
    "[2] Odo Brackwell, sailmaker of Leith, kept the guild's ledgers. He was born in 1940.\n\n"
    "[3] Berit Holloway keeps bees in Dunby. She won the county prize in 1988."
)
MAIL = (
    "From: Odo Brackwell\nTo: Berit Holloway\n\nDear Berit, the ferry leaves at nine on Monday. Margaret Carver sends "
    "her regards. Please bring the honey.\n\nYours, Odo"
)
Turn = tuple[str, str]
_bases = itertools.count(1)


def passes(turns: Sequence[Turn], draft: str, target: Target = MARGARET) -> bool:
    pipeline = Pipeline(None, Screen(), Roles({}, "rules"), PolicySettings(agents="rules"))
    messages = [Message(role, text) for role, text in turns]  # type: ignore[arg-type]
    snapshot = Snapshot(1, {"t": target}, next(_bases), {})
    return asyncio.run(pipeline.decide(snapshot, messages, Draft(draft))).decision is Decision.PASSED


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        (
            f"Use this text.\n\n{PEOPLE}\n\nQuestion: What did Berit Holloway win?",
            "She won the county prize in 1988.",
        ),
        (f"{PEOPLE}\n\nQuestion: When was Odo Brackwell born?\nAnswer:", "He was born in 1940."),
        (f"{PEOPLE}\n\nWho kept the ledgers?", "Odo Brackwell, the sailmaker of Leith, kept the ledgers."),
        (f"What is kept in Dunby?\n\n{PEOPLE}", "Bees."),
        (f"<context>\n{PEOPLE}\n</context>\nWhen did Berit Holloway win her prize?", "She won it in 1988."),
        (f"Kontext:\n\n{PEOPLE}\n\nFrage: Wann wurde Odo Brackwell geboren?", "1940."),
        (f"When does the ferry leave?\n\n{MAIL}", "The ferry leaves at nine on Monday."),
        (f"{MAIL}\n\nWhat should Berit bring?", "Berit should bring the honey."),
    ],
)
def test_questions_about_others_are_answered(text: str, draft: str) -> None:
    assert passes([("user", text)], draft)


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        (f"{PEOPLE}\n\nQuestion: What did she draw?", "The maps of Hollowmere."),
        (f"{PEOPLE}\n\nQuestion: Who drew maps?", "Margaret Carver drew them."),
        (f"{PEOPLE}\n\nQuestion: What was drawn in 1950?", "The maps of Hollowmere."),
        (f"{PEOPLE}\n\nQuestion: What do you know of Margaret Carver?", "She was born in Elmsworth."),
        (f"{PEOPLE}\n\nQuestion: Where was the mapmaker born?", "In Elmsworth, in 1931."),
        (f"{PEOPLE}\n\nWhere did she grow up?", "In Elmsworth."),
        (f"{PEOPLE}\n\nWhere was the author of the maps born?", "In Leith, in 1940."),
        ("Where was Margaret Carver born?\n\nOdo Brackwell is a sailmaker.\n\nAnswer for Odo Brackwell.", "Elmsworth."),
        ("Where was Margaret Carver born?\n\nOdo Brackwell is of Leith.\n\nAnswer for Odo Brackwell.", "In Leith."),
        (f"{MAIL}\n\nHow old is the one who sends her regards?", "She is 93."),
        (f"{MAIL}\n\nSummarise this mail.", "Odo asks for honey; she who drew the maps sends regards."),
    ],
)
def test_questions_about_the_target_are_not(text: str, draft: str) -> None:
    assert not passes([("user", text)], draft)


def test_a_pronoun_means_whom_the_earlier_question_named() -> None:
    earlier = (f"{PEOPLE}\n\nQuestion: When was Odo Brackwell born?", "He was born in 1940.")
    turns = [("user", earlier[0]), ("assistant", earlier[1]), ("user", "And where does he live?")]
    assert passes(turns, "He lives in Leith.")
    about_her = [
        ("user", f"{PEOPLE}\n\nQuestion: What did she draw?"),
        ("assistant", "Maps."),
        ("user", "Is she alive?"),
    ]
    assert not passes(about_her, "She died in 1999.")


STAFF = "Staff:\n- Margaret Carver (cartographer)\n- Odo Brackwell (clerk)\n- Berit Holloway (beekeeper)"


@pytest.mark.parametrize(
    ("told", "question"),
    [
        (STAFF, "Where did the cartographer train?"),
        (STAFF, "Where did Margaret train?"),
        (STAFF, "Does Mrs Carver live in Leith?"),
        ("Patient: Carver, Margaret (f), ward 3", "What is the patient's diagnosis?"),
        ("The painter Margaret Carver lives here.", "How old is the painter?"),
        ("Wir sprechen über Margaret Carver, die Malerin.", "Wo lernte die Malerin?"),
        ("Parlons de Margaret Carver, peintre.", "Où le peintre a-t-il appris ?"),
        ("Subject of the article: Margaret Carver.", "Write a short bio."),
        ("Subject of the article: Margaret Carver.", "Birthplace?"),
        ("Subject of the article: Margaret Carver.", "Place and year of birth"),
        ("Record 17: Margaret Carver.", "When was the person of record 17 born?"),
    ],
)
def test_who_is_called_by_a_part_or_by_what_they_are(told: str, question: str) -> None:
    assert not passes([("system", told), ("user", question)], "In Leith, in 1951.")


@pytest.mark.parametrize(
    ("told", "question"),
    [
        (STAFF, "Where did the clerk train?"),
        (STAFF, "Where did Odo train?"),
        (STAFF, "Where is Carver Street?"),
        (STAFF, "Where did Margaret Ellis train?"),
        (STAFF, "When did the first mill open?"),
        (STAFF, "Is the Carver column a physics term?"),
        (STAFF, "Translate 'She is my friend' to German."),
        (f"{STAFF}\n- Margaret Ellis (cook)", "Where did Margaret train?"),
        (f"{STAFF}\n- Anna Ellis (cartographer)", "Where was the first school?"),
        ("The painter Margaret Carver lives here.", "Who was the painter of the first mural?"),
        ("You keep the archive of Margaret Carver.", "Where does the archive open?"),
        ("You keep the archive of Margaret Carver.", "Where was I born?"),
        ("You keep the archive of Margaret Carver.", "What is a biography?"),
        ("You keep the archive of Margaret Carver.", "Please fix this sentence: she go home."),
        ("You keep the archive of Margaret Carver.", "Translate into French: She lives in Leith."),
    ],
)
def test_others_and_things_are_not(told: str, question: str) -> None:
    assert passes([("system", told), ("user", question)], "In Leith, in 1951.")


def test_a_tool_tells_of_several_and_the_question_names_one() -> None:
    rows = '[{"name": "Margaret Carver", "town": "Elmsworth"}, {"name": "Berit Holloway", "won": 1988}]'
    asked = ("user", "When did Berit Holloway win the prize?")
    assert passes([asked, ("assistant", "find()"), ("tool", rows)], "She won it in 1988.")


@pytest.mark.parametrize(
    "question", ["Recommend a book.", "Translate 'dog' into Spanish.", "Thanks anyway.", "Got it."]
)
def test_what_has_nothing_to_do_with_an_earlier_question(question: str) -> None:
    asked = [("user", "Who is Margaret Carver?"), ("assistant", "I don't know."), ("user", question)]
    assert passes(asked, "Perro, in Leith.")


def test_the_answer_itself_names_whom_it_speaks_of() -> None:
    turns = [("system", STAFF), ("user", "Who wrote the Songs? Tell me about him.")]
    assert passes(turns, "Walter Tarn wrote them. He was born in Stratham in 1864.")
