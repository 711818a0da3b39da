from __future__ import annotations

import json

from typer.testing import CliRunner

from benchmarks.cli import app


def test_times_are_told_for_each_way_of_answering() -> None:
    asked = ["timing", "--people", "2", "--pace", "20000", "--drafts", "1", "--clients", "8"]
    result = CliRunner().invoke(app, [*asked, "--json"])
    figures = json.loads(result.stdout)
    told = {each["way"]: each for each in figures["telling"]}
    assert list(told) == ["whole", "buffered", "incremental"]
    for each in told.values():
        assert (each["n"], each["refused"]) == (40, 20)
        assert 0 < each["mirrored"] <= 20
        assert all(
            0 <= each[name]["low"] <= each[name]["value"] <= each[name]["high"] <= 1 for name in ("first", "whole")
        )
        assert each["ordinary_s"] > 0.05
