from __future__ import annotations

from typing import Any

import pytest

from expunge.errors import UsageError
from expunge.evals.results import EACH, GOALS, Goal, fill, new_page, overview, results_pages

Row = dict[str, Any]


def rate(value: float, n: int = 100) -> Row:
    return {"value": value, "low": max(0.0, value - 0.01), "high": min(1.0, value + 0.01), "n": n}


def forget(part: str, leak: float, **more: Any) -> Row:
    return {"part": part, "forget": True, "total": False, "n": 100, "leak": rate(leak)} | more


def keep(part: str, unchanged: float, **more: Any) -> Row:
    return {"part": part, "forget": False, "total": False, "n": 50, "unchanged": rate(unchanged, 50)} | more


def run(suite: str, *systems: tuple[str, list[Row]], **more: Any) -> Row:
    told = [{"system": name, "rows": rows, "extra": {}} for name, rows in systems]
    command = f"expunge eval {suite} --data DATA"
    return {"suite": suite, "upstream": "oracle", "facts": "none", "command": command, "systems": told} | more


def goal_line(goal: Goal, *runs: Row) -> list[str]:
    """The cells of the only line of the table of goals."""
    table = results_pages([{"suites": list(runs)}], [goal])[goal.suite]
    lines = table.split("\n\n")[0].split("\n")[2:]
    assert len(lines) == 1
    return [cell.strip() for cell in lines[0].strip("|").split(" | ")]


TOTAL = forget("all to forget", 0.02, total=True)
KEPT = keep("all to keep", 0.996, total=True)
ROWS = [forget("multi_hop", 0.0), forget("direct", 0.06), TOTAL, keep("benign", 1.0), KEPT]


@pytest.mark.parametrize(
    ("goal", "figure", "reached"),
    [
        (Goal("x", (), "leak", "<=", 0.02, "t"), "2.00 % (1.0–3.0; n 100)", "yes"),
        (Goal("x", (), "leak", "<=", 0.01, "t"), "2.00 % (1.0–3.0; n 100)", "**no**"),
        (Goal("x", (), "unchanged", ">=", 0.995, "t"), "99.60 % (98.6–100.0; n 50)", "yes"),
        (Goal("x", ("multi-hop",), "leak", "<=", 0.0, "t"), "0.00 % (0.0–1.0; n 100)", "yes"),
        (Goal("x", ("multi hop", "direct"), "leak", "<=", 0.05, "t"), "6.00 % (5.0–7.0; n 100) direct", "**no**"),
        (Goal("x", (EACH,), "leak", "<=", 0.06, "t"), "6.00 % (5.0–7.0; n 100) direct", "yes"),
        (Goal("x", (EACH,), "unchanged", ">=", 1.0, "t"), "100.00 % (99.0–100.0; n 50) benign", "yes"),
        (
            Goal("x", (EACH,), "leak", "<=", 0.0, "t", than="multi_hop"),
            "(5.0–7.0; n 100) direct, multi_hop 0.00",
            "**no**",
        ),
        (Goal("x", (EACH,), "leak", "<=", 0.0, "t", than="direct"), "(0.0–1.0; n 100) multi_hop, direct 6.00", "yes"),
        (Goal("x", ("unheard of",), "leak", "<=", 0.0, "t"), "-", "not measured"),
        (Goal("x", (EACH,), "leak", "<=", 0.0, "t", than="unheard of"), "-", "not measured"),
        (Goal("x", (), "rouge_recall", "<=", 0.0, "t"), "-", "not measured"),
        (Goal("x", (), "unheard_of", "<=", 0.0, "t"), "-", "not measured"),
        (Goal("x", (), "extra.auc", "<=", 0.5, "t"), "-", "not measured"),
    ],
)
def test_goals(goal: Goal, figure: str, reached: str) -> None:
    cells = goal_line(goal, run("x", ("expunge", ROWS)))
    assert cells[:3] == ["x, facts none", "oracle", "t"]
    assert cells[3:8] == ["-"] * 5
    assert cells[8].endswith(figure)
    assert cells[9:] == [reached, "`expunge eval x --data DATA`"]


@pytest.mark.parametrize(
    ("accuracy", "reached"), [(0.27, "yes"), (0.2701, "**no**"), (0.23, "yes"), (0.22, "**no**"), (0.25, "yes")]
)
def test_as_good_as_chance_is_neither_better_nor_worse(accuracy: float, reached: str) -> None:
    rows = [{"part": "bio", "forget": True, "n": 9, "accuracy": rate(accuracy), "chance": 0.25}]
    assert (
        goal_line(Goal("wmdp", ("bio",), "off_chance", "<=", 0.02, "t"), run("wmdp", ("expunge", rows)))[9] == reached
    )


@pytest.mark.parametrize(("delta", "reached"), [(0.595 - 0.6, "yes"), (-0.006, "**no**"), (0.01, "yes")])
def test_what_was_lost(delta: float, reached: str) -> None:
    rows = [{"part": "mmlu", "forget": False, "n": 9, "delta": {"accuracy": {"value": delta, "n": 9}}}]
    goal = Goal("wmdp", ("mmlu",), "delta.accuracy", ">=", -0.005, "t")
    cells = goal_line(goal, run("wmdp", ("expunge", rows)))
    assert cells[9] == reached
    assert " points (n 9)" in cells[8]


def test_a_figure_of_the_suite_itself() -> None:
    suite = run("tell-apart", ("expunge", []))
    suite["systems"][0]["extra"] = {"auc": {"value": 0.56, "low": 0.5, "high": 0.62, "n": 200}}
    cells = goal_line(Goal("tell-apart", (), "extra.auc", "<=", 0.55, "t"), suite)
    assert cells[8:10] == ["0.56 (0.50–0.62; n 200)", "**no**"]


def test_systems_stand_in_their_columns_and_only_ours_decides() -> None:
    cells = goal_line(
        Goal("x", (), "leak", "<=", 0.0, "t"),
        run("x", ("icul", [forget("a", 0.3)]), ("expunge", [forget("a", 0.0)]), ("none", [forget("a", 0.9)])),
    )
    assert [cell[:2] for cell in cells[3:9]] == ["90", "-", "30", "-", "-", "0."]
    assert cells[9] == "yes"
    alone = goal_line(Goal("x", (), "leak", "<=", 0.0, "t"), run("x", ("none", [forget("a", 0.0)])))
    assert alone[9] == "not measured"


def test_a_goal_without_a_run_and_one_with_two() -> None:
    goal = Goal("x", (), "leak", "<=", 0.0, "t")
    assert goal_line(goal) == ["x", "-", "t", *["-"] * 6, "not measured", "-"]
    runs = [run("x", ("expunge", [forget("a", leak)]), facts=facts) for leak, facts in ((0.0, "given"), (0.1, "none"))]
    lines = results_pages([{"suites": [each]} for each in runs], [goal])["x"].split("\n")[2:4]
    assert [line.split(" | ")[0] for line in lines] == ["| x, facts given", "| x, facts none"]
    assert [line.split(" | ")[9] for line in lines] == ["yes", "**no**"]


def test_all_rows_of_a_suite() -> None:
    suite = run(
        "x", ("none", [forget("a", 1.0)]), ("expunge", [forget("a", 0.0), keep("b|<i>", 1.0)]), title="All *of* it"
    )
    suite["systems"][1]["extra"] = {"auc": {"value": 0.5}, "what": "a|b"}
    blocks = results_pages([{"suites": [suite]}], [])["x"].split("\n\n")
    assert blocks[0] == "## All \\*of\\* it"
    assert blocks[2].split("\n") == [
        "| part | system | n | leaks % | unchanged % |",
        "| --- | --- | --- | --- | --- |",
        "| a | none | 100 | 100.00 (99.0–100.0) | - |",
        "| a | expunge | 100 | 0.00 (0.0–1.0) | - |",
        "| b\\|\\<i> | expunge | 50 | - | 100.00 (99.0–100.0) |",
    ]
    assert blocks[3].split("\n")[2:] == ["| auc | 0.5 |", "| what | a\\|b |"]
    assert blocks[4] == "```text\nexpunge eval x --data DATA\n```"


@pytest.mark.parametrize(
    ("command", "cell"),
    [("a | b", "`a \\| b`"), ("a\nb", "`a b`"), ("say `x`", "`` say `x` ``"), (None, "-")],
)
def test_a_command_in_a_cell(command: str | None, cell: str) -> None:
    pages = results_pages([{"suites": [run("x", command=command)]}], [Goal("x", (), "leak", "<=", 0.0, "t")])
    assert pages["x"].split("\n")[2].endswith(f"| not measured | {cell} |")


NULLS: list[Any] = [
    {},
    {"suites": None},
    {"suites": [{}]},
    {"suites": [{"suite": "tofu", "systems": None}]},
    {"suites": [{"suite": "tofu", "systems": [{"system": "expunge", "rows": None, "extra": None}]}]},
    {"suites": [{"suite": "tofu", "systems": [{"system": "expunge", "rows": [{"part": None, "leak": None}]}]}]},
]


def test_what_a_run_was_made_with() -> None:
    told = run("x", ("none", [TOTAL]), ("expunge", [TOTAL]), seed=3)
    for system, limit in zip(told["systems"], ("", " --limit 4"), strict=True):
        system["command"] = f"expunge eval x{limit} --system {system['system']}"
    told["systems"][1]["models"] = {"refusal": "mirror"}
    page = results_pages([{"suites": [told], "made": {"date": "2026-11-26", "commit": "abc1234"}}], [])["x"]
    assert "cases, seed 3, counterfactual refusals. Measured on 2026-11-26 at commit abc1234." in page
    assert page.endswith("```text\nexpunge eval x --system none\nexpunge eval x --limit 4 --system expunge\n```")
    assert goal_line(Goal("x", (), "leak", "<=", 0.02, "t"), told)[0] == "x, facts none, counterfactual refusals"


@pytest.mark.parametrize("summary", NULLS)
def test_nulls(summary: Row) -> None:
    pages = results_pages([summary])
    assert set(pages) == {goal.suite for goal in GOALS}
    lines = [line for page in pages.values() for line in page.split("\n\n")[0].split("\n")[2:]]
    assert len(lines) == len(GOALS)
    assert all(" | not measured | " in line for line in lines)
    rows = overview([summary], "results").split("\n")[2:]
    assert len(rows) == len(pages)
    assert all(row.endswith(" | - | - | not measured |") for row in rows)


def test_nothing_at_all() -> None:
    assert results_pages([], []) == {}
    assert len(overview([], "results", []).split("\n")) == 2


def overview_line(*goals: Goal, told: Row) -> str:
    (line,) = overview([{"suites": [told]}], "results", goals).split("\n")[2:]
    return line


def test_a_row_of_the_overview() -> None:
    told = run("x", ("none", [forget("a", 0.9)]), ("expunge", ROWS), facts="given")
    leak, unchanged = Goal("x", (), "leak", "<=", 0.02, "t"), Goal("x", (), "unchanged", ">=", 0.9, "u")
    start, figures = "| [x](results/x.md), facts given | oracle | ", "2.00 % (n 100) | 99.60 % (n 50)"
    assert overview_line(leak, unchanged, told=told) == f"{start}{figures} | yes |"
    strict = [Goal("x", (), "leak", "<=", 0.01, "t, strictly"), Goal("x", (), "unchanged", ">=", 1.0, "all of it")]
    assert overview_line(*strict, told=told) == f"{start}{figures} | **no**: t, strictly; all of it |"
    part = Goal("x", (EACH,), "leak", "<=", 0.1, "in each")
    assert overview_line(leak, part, told=told).startswith(f"{start}2.00 % (n 100); direct 6.00 % (n 100) | - | yes")
    unmeasured = Goal("x", (), "extra.auc", "<=", 0.5, "t")
    assert overview_line(leak, unmeasured, told=told).endswith(" | 1 of 2 measured |")
    assert overview_line(told=told) == f"{start}- | - | - |"


def test_figures_that_are_no_leaks_are_named_in_the_overview() -> None:
    suite = run("x", ("expunge", [keep("mmlu", 1.0, delta={"accuracy": {"value": -0.006, "n": 9}})]))
    suite["systems"][0]["extra"] = {"auc": {"value": 0.5, "n": 200}}
    goals = Goal("x", (), "extra.auc", "<=", 0.55, "t"), Goal("x", ("mmlu",), "delta.accuracy", ">=", -0.01, "t")
    assert overview_line(*goals, told=suite).endswith("| auc 0.50 (n 200) | accuracy −0.60 points (n 9) | yes |")


def test_runs_by_number_of_targets_have_a_page() -> None:
    point = {"targets": 30, "system": "expunge", "n": 4, "leak": rate(0.0, 4)}
    page = results_pages([{"scale": {"points": [point], "command": "expunge eval scale"}}], [])["scale"]
    assert page.startswith("## By number of targets")
    assert "| 30 | expunge | 4 | 0.00 " in page


@pytest.mark.parametrize("suite", ["../x", "x/y", "X", ".x", "x.md"])
def test_a_suite_whose_name_is_not_that_of_a_page(suite: str) -> None:
    with pytest.raises(UsageError, match="name a suite"):
        results_pages([{"suites": [run(suite)]}], [])


def test_a_new_page_can_be_filled() -> None:
    assert "| new |" in fill(new_page("x"), "| new |")


BEFORE, AFTER = "# Results\n\n<!-- table: begin -->", "<!-- table: end -->\n\nText.\n"


@pytest.mark.parametrize("between", ["", "\n", "\n\n| old |\n| --- |\n\n"])
def test_the_table_goes_between_its_markers(between: str) -> None:
    filled = fill(f"{BEFORE}{between}{AFTER}", "| new |\n")
    assert filled == f"{BEFORE}\n\n| new |\n\n{AFTER}"
    assert fill(filled, "| new |") == filled


@pytest.mark.parametrize(
    "document",
    ["", BEFORE, AFTER, f"{AFTER}{BEFORE}", f"{BEFORE}{AFTER}{BEFORE}{AFTER}", f"{BEFORE}{BEFORE}{AFTER}"],
)
def test_a_document_without_its_markers(document: str) -> None:
    with pytest.raises(UsageError, match=r"needs the lines <!-- table: begin --> and <!-- table: end -->") as error:
        fill(document, "| new |")
    assert str(error.value).count(".") == 1
