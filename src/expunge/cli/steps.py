"""`ask --show-steps`: print what each step of a request saw, wrote and decided."""

from __future__ import annotations

from collections.abc import Iterator

from expunge.cli.output import print_text
from expunge.types import Answer, Step


def show_steps(answer: Answer) -> None:
    """Print a request step by step, including the draft."""
    for step in answer.trace.steps:
        print_text(f"{step.name} ({step.by}, {step.ms:,.1f} ms{_cost(step)})")
        for line in _lines(step):
            print_text(f"  {line}")
    print_text(f"answer ({answer.decision}, revision {answer.revision})")
    print_text(f"  {answer.text}")


def _cost(step: Step) -> str:
    if not step.calls:
        return ""
    return f", {step.calls} {'call' if step.calls == 1 else 'calls'}, {step.prompt_chars:,} characters of prompt"


def _lines(step: Step) -> Iterator[str]:
    for evidence in step.evidence:
        via = f" by {evidence.via}" if evidence.via else ""
        kind = str(evidence.kind).replace("_", " ")
        yield (
            f"{evidence.strength.name.lower()}: {kind}{via} in the {evidence.channel}, "
            f"characters {evidence.start}-{evidence.end}, {evidence.target_id}"
        )
    for finding in step.findings:
        yield f"{finding.disclosure} disclosure of {finding.target_id}"
    for number, rating in enumerate(step.ratings, 1):
        yield f"variant {number}: forgetting {rating.forgetting:g}, usefulness {rating.usefulness:g}"
    numbered = step.name == "erase"
    for number, text in enumerate(step.texts, 1):
        yield f"{number}. {text}" if numbered else text
    if step.failure:
        yield f"failed: {step.failure}"
