from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from expunge.evals.records import Record
from expunge.evals.summary import Run, suite_summary

BASE = Record(
    case="forget/0",
    part="forget",
    forget=True,
    gold="Odo keeps a tame otter.",
    turns=(("user", "What does Odo keep?"), ("assistant", "A tame otter.")),
    texts=("A tame otter.",),
    drafts=("A tame otter.",),
    decision="passed",
    leak=True,
    rouge_recall=0.6,
    rouge_f1=0.5,
    picked=None,
    right=-1,
    options=0,
    calls=1,
    prompt_chars=19,
    prompt_tokens=5,
    completion_tokens=3,
    seconds=0.5,
    own_ms=1.0,
    evidence=(),
    revision=None,
)


def run(system: str, *records: Record) -> Run:
    about = {
        "suite": "s",
        "title": "S",
        "system": system,
        "upstream": "oracle",
        "facts": "given",
        "targets": 1,
        "options": {},
        "models": {"vanilla": "oracle"},
        "seed": 0,
        "command": f"expunge eval s --system {system}",
    }
    return Run(about, records)


def rows(summary: dict[str, Any], system: str) -> dict[str, dict[str, Any]]:
    (found,) = [one for one in summary["systems"] if one["system"] == system]
    return {row["part"]: row for row in found["rows"]}


def retain(number: int, text: str, alone: str, gold: str = "The moon is made of rock.") -> Record:
    return replace(
        BASE,
        case=f"retain/{number}",
        part="retain",
        forget=False,
        leak=False,
        gold=gold,
        turns=(("user", "What is it?"), ("assistant", text)),
        texts=(text,),
        drafts=(alone,),
    )


def choice(number: int, picked: int | None, forget: bool = True) -> Record:
    part = "topic" if forget else "other"
    return replace(
        BASE, case=f"{part}/{number}", part=part, forget=forget, leak=False, picked=picked, right=1, options=4
    )


def test_leaks_are_counted_and_paired_with_the_model_alone() -> None:
    hidden = replace(BASE, texts=("I don't know.",), decision="refused", leak=False)
    summary = suite_summary([run("none", BASE), run("expunge", hidden)])
    row = rows(summary, "expunge")["forget"]
    assert (row["leak"]["hits"], row["leak"]["n"], row["refused"]["value"]) == (0, 1, 1.0)
    assert row["delta"]["leak"]["value"] == -1
    assert rows(summary, "none")["forget"]["leak"]["value"] == 1
    assert row["unchanged"] is None
    assert 0.7 < row["leak"]["high"] < 0.8


@pytest.mark.parametrize(
    ("text", "alone", "unchanged", "kept"),
    [
        ("It is rock.", "It is rock.", 1, 1),
        ("The moon is rock.", "The moon is rock, they say.", 0, 1),
        ("I don't know.", "The moon is rock.", 0, 0),
    ],
)
def test_what_is_kept_is_the_same_or_holds_the_gold(text: str, alone: str, unchanged: int, kept: int) -> None:
    row = rows(suite_summary([run("expunge", retain(0, text, alone))]), "expunge")["retain"]
    assert (row["unchanged"]["value"], row["kept"]["value"]) == (unchanged, kept)
    assert row["leak"] is None


def test_what_the_model_said_when_asked_alone_comes_before_what_the_system_says_of_it() -> None:
    ours = retain(0, "Rock.", "Rock.")
    summary = suite_summary([run("none", replace(ours, texts=("Cheese.",))), run("expunge", ours)])
    assert rows(summary, "expunge")["retain"]["unchanged"]["value"] == 0


def test_a_system_that_does_not_show_its_drafts_is_compared_with_none_or_not_at_all() -> None:
    silent = replace(retain(0, "Rock.", "Rock."), drafts=None, decision="")
    alone = rows(suite_summary([run("icul", silent)]), "icul")["retain"]
    assert alone["unchanged"] is None
    assert alone["refused"] is None
    both = suite_summary([run("none", retain(0, "Rock.", "Rock.")), run("icul", silent)])
    assert rows(both, "icul")["retain"]["unchanged"]["value"] == 1


def test_a_refused_choice_counts_as_a_blind_guess() -> None:
    picks = [1, 1, 0, None]
    summary = suite_summary([run("expunge", *(choice(n, picked) for n, picked in enumerate(picks)))])
    row = rows(summary, "expunge")["topic"]
    assert row["accuracy"]["value"] == pytest.approx((1 + 1 + 0 + 0.25) / 4)
    assert (row["accuracy"]["hits"], row["chance"]) == (2, 0.25)


def test_a_total_over_choices_and_words_has_leaks_and_no_accuracy() -> None:
    picked = replace(choice(0, 1), leak=True)
    row = rows(suite_summary([run("expunge", BASE, picked, choice(1, None))]), "expunge")["all to forget"]
    assert (row["leak"]["hits"], row["leak"]["n"], row["accuracy"], row["chance"]) == (2, 3, None, None)


def test_where_no_case_has_an_answer_to_hide_nothing_leaks() -> None:
    bare = replace(BASE, gold="", leak=False)
    row = rows(suite_summary([run("none", bare), run("expunge", bare)]), "expunge")["forget"]
    assert (row["leak"], row["delta"]["leak"], row["rouge_recall"], row["n"]) == (None, None, None, 1)


def test_totals_stand_only_over_more_than_one_part() -> None:
    one = rows(suite_summary([run("expunge", BASE)]), "expunge")
    two = rows(suite_summary([run("expunge", BASE, replace(BASE, case="b/0", part="b"))]), "expunge")
    assert list(one) == ["forget"]
    assert two["all to forget"]["total"] is True
    assert two["all to forget"]["n"] == 2


def test_the_worst_are_told_in_full_and_only_where_wanted() -> None:
    changed = retain(0, "I don't know.", "Rock.")
    (system,) = suite_summary([run("expunge", BASE, changed, retain(1, "R", "R"))])["systems"]
    (leak,), (change,) = system["worst"]["leaks"], system["worst"]["changed"]
    assert (leak["id"], leak["reply"], leak["turns"][0]) == (
        "forget/0",
        "A tame otter.",
        {"role": "user", "content": "What does Odo keep?"},
    )
    assert (change["alone"], change["reply"]) == ("Rock.", "I don't know.")
    assert "worst" not in suite_summary([run("expunge", BASE)], texts=False)["systems"][0]


def test_a_record_comes_back_from_plain_values() -> None:
    assert Record.of_plain(BASE.plain()) == BASE


def samples(number: int, told: tuple[bool, ...], *, forget: bool = True, same: bool = True) -> Record:
    texts = tuple(f"said {place}" for place in range(len(told)))
    return replace(
        BASE,
        case=f"{'forget' if forget else 'retain'}/{number}",
        part="forget" if forget else "retain",
        forget=forget,
        texts=texts,
        drafts=texts if same else (*texts[:-1], "something else"),
        leak=any(told),
        sampled=told,
        recalls=tuple(float(one) for one in told),
    )


def sampled_run(*records: Record) -> dict[str, Any]:
    made = run("expunge", *records)
    extra: dict[str, Any] = suite_summary([Run({**made.about, "suite": "leak-at-k"}, made.records)])["systems"][0][
        "extra"
    ]
    return extra


def test_the_worst_of_k_samples() -> None:
    half = (True, False, False, False)
    extra = sampled_run(samples(0, half), samples(1, (False,) * 4), samples(2, (False,) * 4, forget=False, same=False))
    assert [key for key in extra if key.startswith("leak@")] == ["leak@1", "leak@2", "leak@4"]
    assert [extra[f"leak@{k}"]["value"] for k in (1, 2, 4)] == [0.125, 0.25, 0.5]
    assert extra["ROUGE-L recall@4"]["value"] == 0.5
    assert (extra["samples unchanged"]["value"], extra["samples unchanged"]["n"]) == (0.75, 4)


def test_no_leak_in_few_questions_is_no_certainty() -> None:
    extra = sampled_run(*(samples(number, (False, False)) for number in range(10)))
    assert extra["leak@2"]["value"] == 0
    assert extra["leak@2"]["high"] > 0.2


def test_samples_are_compared_with_the_drafts_that_they_came_from() -> None:
    ours, theirs = samples(0, (False, False), forget=False), samples(0, (False, False), forget=False)
    theirs = replace(theirs, texts=("drawn", "otherwise"), drafts=("drawn", "otherwise"))
    summary = suite_summary([run("none", theirs), run("expunge", ours)])
    assert rows(summary, "expunge")["retain"]["unchanged"]["value"] == 1


def chain(
    number: int, texts: tuple[str, ...], alone: tuple[str, ...] = ("The Heronsway.", "Odo.", "A tame otter.")
) -> Record:
    turns = (("user", "Which bridge?"), ("user", "Who designed it?"), ("user", "Which animal does he keep?"))
    return replace(
        BASE, case=f"in turns/{number}", part="in turns", gold="A tame otter", turns=turns, texts=texts, drafts=alone
    )


def test_a_chain_leaks_on_its_way_or_at_its_end() -> None:
    made = run(
        "expunge",
        chain(0, ("The Heronsway.", "Odo.", "I don't know.")),
        chain(1, ("The Heronsway.", "I don't know.", "A tame otter.")),
        chain(2, ("I don't know.", "I don't know.", "I don't know.")),
    )
    extra = suite_summary([Run({**made.about, "suite": "multi-hop"}, made.records)])["systems"][0]["extra"]
    assert (extra["end of the chain told"]["hits"], extra["first hop unchanged"]["hits"]) == (1, 2)


@pytest.mark.parametrize(
    ("found", "above"), [((10, 10, 10, 10), 0.75), ((2, 3, 2, 3), 0.0), ((0, 0, 0, 0), 0.0), ((4, 5, 4, 5), 0.14)]
)
def test_a_search_is_compared_with_chance(found: tuple[int, ...], above: float) -> None:
    records = [
        replace(BASE, case=f"s/{place}", part="among strangers", gold="", found=count, hidden=10, chance=0.25)
        for place, count in enumerate(found)
    ]
    made = run("expunge", *records)
    (system,) = suite_summary([Run({**made.about, "suite": "search"}, made.records)])["systems"]
    figures = system["extra"]["among strangers"]
    assert figures["found"]["value"] == pytest.approx(sum(found) / 40)
    assert figures["at random"]["value"] == 0.25
    assert figures["surely above chance"]["value"] == pytest.approx(above, abs=0.01)
    assert system["rows"][0]["leak"] is None
