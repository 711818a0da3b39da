"""Real clients cannot tell the gateway from the endpoint behind it, until they ask about a target."""

from __future__ import annotations

import json

import pytest

from tests.clients.running import Endpoints, leaks, run_script

OTHERS = "What does Sunniva Quillon ride?"
TARGET = "Where was Corvin Aldermoor born?"
SCRIPTS = ("langchain.py", "litellm_client.py", "simon_llm.py")


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_same_as_from_the_endpoint_itself(endpoints: Endpoints, script: str) -> None:
    assert run_script(script, endpoints.gateway, OTHERS) == run_script(script, endpoints.island, OTHERS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_nothing_of_a_target(endpoints: Endpoints, script: str) -> None:
    told = run_script(script, endpoints.gateway, TARGET)
    assert leaks(json.dumps(told, ensure_ascii=False), TARGET) == []
    assert told["text"]
    assert told["streamed"] == told["text"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_endpoint_itself_tells(endpoints: Endpoints, script: str) -> None:
    """What the test above proves is worth something: without the gateway, everything is told."""
    assert "Pellworth" in json.dumps(run_script(script, endpoints.island, TARGET))


def test_a_schema_is_met_by_what_replaces_an_answer(endpoints: Endpoints) -> None:
    told = run_script("langchain.py", endpoints.gateway, TARGET)
    assert told["parsing_error"] is None
    assert set(told["parsed"]) == {"summary", "source"}
