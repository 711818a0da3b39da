"""Guardrails, which stop a run. What may be said instead is in the `output_info` of their exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents import Agent, GuardrailFunctionOutput, InputGuardrail, OutputGuardrail, RunContextWrapper

from expunge.gateway.apis.responses.api import ResponsesApi
from expunge.integrations.judging import AnyUnlearner, Judge, as_json, as_text
from expunge.types import Decision, Draft

_API = ResponsesApi()


def input_guardrail(unlearner: AnyUnlearner) -> InputGuardrail[Any]:
    """Return a guardrail that stops a run before it begins if its input discloses or names a target.

    `output_info["text"]` is then plain ignorance, in the language of the input.

    Raises:
        UsageError: if `unlearner` is none.
    """
    judge = Judge(unlearner)

    async def check(context: RunContextWrapper[Any], agent: Agent[Any], given: Any) -> GuardrailFunctionOutput:
        found = await judge.arun(judge.value(given))
        return _result(found.decision, found.targets, judge.ignorance(given))

    return InputGuardrail(check, name="expunge_input", run_in_parallel=False)


def output_guardrail(unlearner: AnyUnlearner) -> OutputGuardrail[Any]:
    """Return a guardrail that stops a run whose output discloses a target.

    `output_info["text"]` is then the output without targets, or a refusal. The output is judged as the answer to the
    input of the run.

    Raises:
        UsageError: if `unlearner` is none.
    """
    judge = Judge(unlearner)

    async def check(context: RunContextWrapper[Any], agent: Agent[Any], output: Any) -> GuardrailFunctionOutput:
        return await judge.arun(_checked(judge, context.turn_input, as_text(output)))

    return OutputGuardrail(check, name="expunge_output")


async def _checked(judge: Judge, items: Sequence[Any], text: str) -> GuardrailFunctionOutput:
    messages = _API.conversation({"input": as_json(list(items))})
    outcome = await judge.parts.pipeline.decide(judge.parts.registry.snapshot(), messages, Draft(text))
    return _result(outcome.decision, outcome.targets, outcome.text)


def _result(decision: Decision, targets: Sequence[str], text: str) -> GuardrailFunctionOutput:
    if decision is Decision.PASSED:
        return GuardrailFunctionOutput({"decision": "passed"}, tripwire_triggered=False)
    said = {"decision": decision.value, "targets": list(targets), "text": text}
    return GuardrailFunctionOutput(said, tripwire_triggered=True)
