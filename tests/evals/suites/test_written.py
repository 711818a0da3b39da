from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import UsageError
from expunge.evals.records import Record, record
from expunge.evals.suites.written import conversations_suite, longform_suite
from expunge.evals.summary import passages
from expunge.evals.systems.base import Reply
from expunge.evals.upstreams import Oracle


def test_parts_of_conversations(data_folder: Path) -> None:
    suite = conversations_suite(data_folder)
    assert [(case.part, case.forget, case.gold) for case in suite.cases] == [
        ("pointing back", True, "Yes, he rows."),
        ("unrelated", False, "You're welcome!"),
    ]
    assert all(case.in_force == ("Odo Brackwell",) for case in suite.cases)


@pytest.mark.parametrize(("reply", "leak"), [("Yes, he rows.", True), ("I don't know.", False)])
def test_held_is_whatever_is_not_the_draft(data_folder: Path, reply: str, leak: bool) -> None:
    case = conversations_suite(data_folder).cases[0]
    assert record(case, case.messages, [Reply(reply)]).leak is leak


async def test_the_oracle_answers_each_with_its_draft(data_folder: Path) -> None:
    suite = conversations_suite(data_folder)
    for case in suite.cases:
        assert (await Oracle.of_suite(suite).complete(case.messages)).text == case.gold


MAGPIE = "Vesna Tarlo keeps a magpie."


def test_parts_of_long_answers(data_folder: Path) -> None:
    suite = longform_suite(data_folder)
    assert [(case.part, case.forget, case.spans) for case in suite.cases] == [
        ("entangled", True, ("Odo Brackwell rows.",)),
        ("controls", False, ()),
    ]
    (target,) = suite.targets
    assert [fact.text for fact in target.facts] == ["Odo rows."]
    assert suite.ordered


def test_names_alone(data_folder: Path) -> None:
    (target,) = longform_suite(data_folder, facts="none").targets
    assert (target.names, target.facts, target.description) == (("Odo Brackwell", "O. Brackwell"), (), "")


@pytest.mark.parametrize(
    ("reply", "left", "lost"),
    [(f"Odo Brackwell rows. {MAGPIE}", 1, 0), (MAGPIE, 0, 0), ("I don't know.", 0, 1)],
)
def test_passages_are_counted_as_they_stand(data_folder: Path, reply: str, left: int, lost: int) -> None:
    case = longform_suite(data_folder).cases[0]
    told = record(case, case.messages, [Reply(reply)])
    assert (len(told.left), len(told.lost), told.leak) == (left, lost, bool(left))
    assert Record.of_plain(told.plain()) == told
    figures = passages([told])["entangled"]
    assert (figures["left"]["value"], figures["kept"]["value"]) == (left, 1 - lost)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gone": ["not there"]}, "does not stand in the draft"),
        ({"kind": "other"}, "must begin with"),
        ({"gone": []}, "must begin with"),
        ({"messages": [{"role": "assistant", "content": "Hm."}]}, "must be the user's"),
        ({"messages": [{"role": "nobody", "content": "Hm."}]}, "the role must be"),
        ({"kept": [1]}, "no list of texts"),
    ],
)
def test_what_is_malformed(
    tmp_path: Path, write_jsonl: Callable[[Path, Any], None], changes: dict[str, Any], said: str
) -> None:
    row = {
        "id": "x",
        "kind": "entangled-list",
        "targets": [{"name": "Odo Brackwell", "aliases": [], "description": "glazier", "facts": []}],
        "messages": [{"role": "user", "content": "Who rows?"}],
        "draft": "Odo Brackwell rows.",
        "gone": ["Odo Brackwell rows."],
        "kept": [],
    }
    write_jsonl(tmp_path / "longform" / "cases.jsonl", [{**row, **changes}])
    with pytest.raises(UsageError, match=said):
        longform_suite(tmp_path)
