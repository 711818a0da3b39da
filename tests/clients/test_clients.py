"""Real clients cannot tell the gateway from the endpoint behind it, until they ask about a target."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from tests.clients.running import Endpoints, leaks, run_script

OTHERS = "What does Sunniva Quillon ride?"
TARGET = "Where was Corvin Aldermoor born?"
SCRIPTS = ("langchain.py", "litellm_client.py", "simon_llm.py")


@cache
def told(script: str, base_url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a client makes of the answers about somebody who is no target, and about one who is."""
    others, target = run_script(script, base_url, OTHERS, TARGET)
    return others, target


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_same_as_from_the_endpoint_itself(endpoints: Endpoints, script: str) -> None:
    assert told(script, endpoints.gateway)[0] == told(script, endpoints.island)[0]


@pytest.mark.parametrize("script", SCRIPTS)
def test_nothing_of_a_target(endpoints: Endpoints, script: str) -> None:
    seen = told(script, endpoints.gateway)[1]
    assert leaks(json.dumps(seen, ensure_ascii=False), TARGET) == []
    assert seen["text"]
    assert seen["streamed"] == seen["text"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_endpoint_itself_tells(endpoints: Endpoints, script: str) -> None:
    """What the test above proves is worth something: without the gateway, everything is told."""
    assert "Pellworth" in json.dumps(told(script, endpoints.island)[1])


def test_a_schema_is_met_by_what_replaces_an_answer(endpoints: Endpoints) -> None:
    seen = told("langchain.py", endpoints.gateway)[1]
    assert seen["parsing_error"] is None
    assert set(seen["parsed"]) == {"summary", "source"}
