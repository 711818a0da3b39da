"""The upstream as a chat model that is asked what a request asks, in other words: for refusals that are mirrored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from expunge.errors import ModelRefused
from expunge.gateway.apis.chat import ChatApi
from expunge.gateway.asked import Asked
from expunge.gateway.json_text import reply_of
from expunge.gateway.upstream import Call, Upstream, whole
from expunge.models.base import ChatOptions, Completion
from expunge.models.endpoint import encodable
from expunge.types import Message

_SAME = (
    "model temperature top_p top_k min_p seed max_tokens max_completion_tokens presence_penalty frequency_penalty "
    "repetition_penalty reasoning_effort verbosity response_format stop"
)
_FIELDS = tuple(_SAME.split())
"""What a second request has in common with the first: whatever tells how to answer."""


class AskedAgain:
    """Sends the messages that it is given, with the model and the sampling of a request."""

    def __init__(self, upstream: Upstream, asked: Asked) -> None:
        self._upstream = upstream
        self._asked = asked

    @property
    def name(self) -> str:
        """The model that the request asks for."""
        return self._asked.model

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        """The upstream's answer; the options are the request's own.

        Raises:
            ModelError: if there is none.
        """
        body: dict[str, Any] = {key: self._asked.body[key] for key in _FIELDS if key in self._asked.body}
        body["messages"] = [{"role": message.role, "content": encodable(message.content)} for message in messages]
        call = Call("chat/completions", json.dumps(body).encode(), self._headers())
        async with self._upstream.open(call) as received:
            raw = await whole(received)
            if received.status != 200:
                raise ModelRefused("The upstream did not answer about a stand-in; look at its log.", received.status)
        reply = reply_of(raw)
        draft = ChatApi().drafts(body, reply)[0]
        return Completion(draft.text, draft.reasoning, draft.tool_calls, draft.finish_reason)

    async def aclose(self) -> None:
        """The upstream is its owner's to close."""

    def _headers(self) -> Mapping[str, str]:
        """The request's own; its id is not used twice."""
        return {name: value for name, value in self._asked.call.headers.items() if name not in _ONCE}


_ONCE = ("x-request-id", "idempotency-key")
