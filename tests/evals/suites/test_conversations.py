from __future__ import annotations

from pathlib import Path

import pytest

from expunge.evals.oracle import Oracle
from expunge.evals.records import record
from expunge.evals.suites import conversations
from expunge.evals.systems.base import Reply


def test_parts(data_folder: Path) -> None:
    suite = conversations.load(data_folder)
    assert [(case.part, case.forget, case.gold) for case in suite.cases] == [
        ("pointing back", True, "Yes, he rows."),
        ("unrelated", False, "You're welcome!"),
    ]
    assert all(case.in_force == ("Odo Brackwell",) for case in suite.cases)


@pytest.mark.parametrize(("reply", "leak"), [("Yes, he rows.", True), ("I don't know.", False)])
def test_held_is_whatever_is_not_the_draft(data_folder: Path, reply: str, leak: bool) -> None:
    case = conversations.load(data_folder).cases[0]
    assert record(case, case.messages, [Reply(reply)]).leak is leak


async def test_the_oracle_answers_each_with_its_draft(data_folder: Path) -> None:
    suite = conversations.load(data_folder)
    for case in suite.cases:
        assert (await Oracle.of_suite(suite).complete(case.messages)).text == case.gold
