"""Usage of an answer that was changed: that of what is visible, so that it tells nothing of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

_CHARS_A_TOKEN = 4


def usage_of(usage: Any, before: int, after: int) -> Any:
    """An upstream's usage, as it would be had it written `after` characters and not `before`.

    The upstream's own tokenizer is not known here, so that its count of the draft is scaled by length: an estimate,
    exact where the visible text has as many characters a token as the draft. Details that count hidden tokens become
    0. What is no usage stays as it is.
    """
    if not isinstance(usage, Mapping):
        return usage
    changed = dict(usage)
    key = "output_tokens" if "output_tokens" in usage else "completion_tokens"
    written = usage.get(key)
    if _is_count(written):
        scaled = written * after / before if before else after / _CHARS_A_TOKEN
        changed[key] = max(1, round(scaled)) if after else 0
        read = usage.get("input_tokens" if key == "output_tokens" else "prompt_tokens")
        if "total_tokens" in usage:
            changed["total_tokens"] = changed[key] + (read if _is_count(read) else 0)
    for name in ("completion_tokens_details", "output_tokens_details"):
        details = usage.get(name)
        if isinstance(details, Mapping):
            changed[name] = {k: 0 if _is_count(v) else None for k, v in details.items()}
    return changed


def counted(reply: Mapping[str, Any]) -> tuple[int, int]:
    """Prompt and completion tokens that a reply says it took, 0 where it does not."""
    usage = reply.get("usage")
    if not isinstance(usage, Mapping):
        return 0, 0
    read = usage.get("prompt_tokens", usage.get("input_tokens"))
    written = usage.get("completion_tokens", usage.get("output_tokens"))
    return (int(read) if _is_count(read) else 0), (int(written) if _is_count(written) else 0)


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
