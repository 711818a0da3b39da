"""Usage of an answer that was changed: that of what is visible, so that it tells nothing of the draft."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil
from typing import Any, TypeGuard

_USUAL, _LEAST, _MOST = 4.0, 1.0, 8.0
"""Characters to a token: usually, at the least, at the most."""
_COUNTS = frozenset(("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens"))
_CACHED = ("cache_creation_input_tokens", "cache_read_input_tokens")
_READ = frozenset(
    ("prompt_tokens", "input_tokens", "prompt_tokens_details", "input_tokens_details", *_CACHED, "cache_creation")
)
_CACHED_FOR = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
_TOOL_REQUESTS = ("web_search_requests", "web_fetch_requests")
_WORDS = ("service_tier", "inference_geo", "speed")
"""How an upstream of Anthropic's API served a request."""
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_PAIRS = (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))
_DETAIL_WORDS = (
    "cached_tokens cache_write_tokens audio_tokens image_tokens text_tokens reasoning_tokens "
    "accepted_prediction_tokens rejected_prediction_tokens thinking_tokens"
)
_DETAILS = frozenset(_DETAIL_WORDS.split())


_WRITING = ("cost", "completion_time", "total_time")
"""Numbers of some servers that grow with what is written."""
_COSTS = (
    "upstream_inference_cost",
    "upstream_inference_prompt_cost",
    "upstream_inference_completions_cost",
)
_ASIDE = ("prompt_time", "queue_time", "is_byok")
"""Numbers that do not."""


def usage_of(usage: Any, before: int, after: int) -> dict[str, Any] | None:
    """An upstream's usage, as it would be had it written `after` characters and not `before`.

    The upstream's own tokenizer is not known here, so that its count of the draft is scaled by length: an estimate,
    exact where the visible text has as many characters a token as the draft. Details that count hidden tokens become
    0; of what OpenAI's usage does not have, costs and times stay, as for the visible text, and all else is left out.
    None for what is no usage.
    """
    if not isinstance(usage, Mapping):
        return None
    changed: dict[str, Any] = {key: value for key, value in usage.items() if key in _COUNTS and is_count(value)}
    key = "output_tokens" if "output_tokens" in usage else "completion_tokens"
    read = changed.get("input_tokens" if key == "output_tokens" else "prompt_tokens", 0)
    if key in changed:
        each = before / written if (written := _spoken(usage, key, before)) and before else _USUAL
        changed[key] = max(1, round(after / min(max(each, _LEAST), _MOST))) if after else 0
        if "total_tokens" in changed:
            changed["total_tokens"] = changed[key] + read
    for name, hidden in (("prompt", False), ("input", False), ("completion", True), ("output", True)):
        details = usage.get(f"{name}_tokens_details")
        if isinstance(details, Mapping):
            known = {k: v if is_count(v) else None for k, v in details.items() if k in _DETAILS}
            changed[f"{name}_tokens_details"] = {k: 0 if hidden and v else v for k, v in known.items()}
        elif details is None:
            changed[f"{name}_tokens_details"] = None
    changed |= _beside_tokens(usage)
    share = share_of(usage, changed)
    changed |= {k: usage[k] * share for k in _WRITING if isinstance(usage.get(k), int | float)}
    changed |= {k: usage[k] for k in _ASIDE if isinstance(usage.get(k), int | float)}
    if isinstance(costs := usage.get("cost_details"), Mapping):
        changed["cost_details"] = {k: None for k in costs if k in _COSTS}
    return {key: changed[key] for key in usage if key in changed}


def _beside_tokens(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Return Anthropic's usage beside tokens read and written: of the request as it is, of hidden work none."""
    kept: dict[str, Any] = {key: usage[key] if is_count(usage[key]) else None for key in _CACHED if key in usage}
    for key in _WORDS:
        if key in usage:
            kept[key] = usage[key] if isinstance(usage[key], str) and _WORD.fullmatch(usage[key]) else None
    if isinstance(cached := usage.get("cache_creation"), Mapping):
        kept["cache_creation"] = {k: v for k, v in cached.items() if k in _CACHED_FOR and is_count(v)}
    elif "cache_creation" in usage:
        kept["cache_creation"] = None
    if isinstance(used := usage.get("server_tool_use"), Mapping):
        kept["server_tool_use"] = dict.fromkeys((k for k in used if k in _TOOL_REQUESTS), 0)
    elif "server_tool_use" in usage:
        kept["server_tool_use"] = None
    return kept


def counterfactual_usage(usage: Any, about_stranger: Any) -> Any:
    """The usage of a counterfactual answer: what it wrote, and of what was read the count of the request itself, whose
    names may take more tokens than those that were asked about."""
    if not isinstance(usage, Mapping) or not isinstance(about_stranger, Mapping):
        return about_stranger
    read = {key: value for key, value in usage.items() if key in _READ and key in about_stranger}
    merged: dict[str, Any] = {**about_stranger, **read}
    counts = [merged.get(one, merged.get(other)) for one, other in _PAIRS]
    if is_count(merged.get("total_tokens")) and is_count(counts[0]) and is_count(counts[1]):
        merged["total_tokens"] = counts[0] + counts[1]
    return merged


def _spoken(usage: Mapping[str, Any], key: str, characters: int) -> int:
    """The tokens of a draft's texts: those of reasoning that the upstream keeps for itself are none of them."""
    written: int = usage[key]
    details = usage.get(f"{key}_details")
    thought = details.get("reasoning_tokens", details.get("thinking_tokens")) if isinstance(details, Mapping) else None
    return written - thought if written > characters and is_count(thought) else written


def counted(reply: Mapping[str, Any]) -> tuple[int, int]:
    """Prompt and completion tokens that a reply says it took, 0 where it does not."""
    usage = reply.get("usage")
    if not isinstance(usage, Mapping):
        return 0, 0
    read = usage.get("prompt_tokens", usage.get("input_tokens"))
    written = usage.get("completion_tokens", usage.get("output_tokens"))
    return (int(read) if is_count(read) else 0), (int(written) if is_count(written) else 0)


def taken(reply: Mapping[str, Any], prompt_chars: int, written: int) -> tuple[int, int]:
    """Prompt and completion tokens that a reply took: what it says itself, else an estimate by characters.

    Most streams do not say, since OpenAI's API counts for a stream only where the request asks for it.
    """
    counts = counted(reply)
    return counts[0] or ceil(prompt_chars / _USUAL), counts[1] or ceil(written / _USUAL)


def is_count(value: Any) -> TypeGuard[int]:
    """Return whether a value is a number of tokens."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def share_of(usage: Any, changed: Any) -> float:
    """Return how much of what a usage counts as written a changed one counts; 1 where either does not say."""
    hidden, shown = (counted({"usage": each})[1] for each in (usage, changed))
    return shown / hidden if hidden and shown else 1.0


def timings_of(timings: Any, share: float) -> dict[str, Any] | None:
    """The times that llama.cpp gives beside an answer, where so much of the answer is shown. None for what is none."""
    if not isinstance(timings, Mapping):
        return None
    changed: dict[str, Any] = {}
    for key in _TIMINGS:
        value = timings.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            scaled = value * share if key in _WRITTEN else value
            changed[key] = round(scaled) if isinstance(value, int) else scaled
    return {key: changed[key] for key in timings if key in changed}


_WRITTEN = ("predicted_n", "predicted_ms", "draft_n", "draft_n_accepted")
_TIMINGS = (
    *_WRITTEN,
    "cache_n",
    "prompt_n",
    "prompt_ms",
    "prompt_per_token_ms",
    "prompt_per_second",
    "predicted_per_token_ms",
    "predicted_per_second",
)
