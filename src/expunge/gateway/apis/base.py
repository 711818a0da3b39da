"""The seam to an endpoint's protocol. One file to read in order to add another endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol

from expunge.gateway.http_errors import Problem
from expunge.gateway.sse import Event
from expunge.pipeline import Outcome
from expunge.types import Draft, Message

Json = Mapping[str, Any]
OPENAI_KEYS: Final = frozenset((b"authorization",))
NO_CHUNK: Final[Json] = MappingProxyType({})
"""The first chunk of a reply that did not come as a stream."""


@dataclass(frozen=True, slots=True)
class StreamedReply:
    """A whole reply that the events of a stream add up to.

    `beside` holds the texts that only the events contain, and that have no place in the reply. `like` is the first
    chunk, whose form the chunks of another answer are given; it is empty where chunks have only one form.
    """

    reply: dict[str, Any]
    beside: tuple[str, ...] = ()
    like: Json = field(default_factory=dict)


class Api(Protocol):
    """One endpoint: what is said in its requests and replies, and how other words are put into a reply.

    Every function is pure, and raises ModelReplyError where a reply is not what the protocol promises, so that
    nothing of it leaves. `body` is always the caller's request, `reply` a whole answer of the upstream, as JSON.
    An Api is made with the form that its refusals take (`settings.RefusalForm`).
    """

    path: str
    """The route below `/v1/`, for example `chat/completions`."""
    threaded: bool
    """Whether a request may continue a conversation that the upstream keeps."""
    key_headers: frozenset[bytes]
    """The headers in which the upstream takes a key."""

    def error(self, problem: Problem, request_id: str) -> Event:
        """The error as an event of a stream; its data is the body of one that is no stream."""
        ...

    def conversation(self, body: Json) -> tuple[Message, ...]:
        """All that the request says, in order: the turns, tool results, documents, and what its tools are told.

        Raises:
            InvalidBody: if it is no request of this endpoint.
        """
        ...

    def spoken(self, body: Json, messages: Sequence[Message]) -> tuple[Message, ...]:
        """Of the messages that `conversation` gave, those that somebody said: without tools, schemas and fields beside
        the turns."""
        ...

    def promises_form(self, body: Json) -> bool:
        """Whether the request itself says that a program reads the answer: by tools, functions or a format."""
        ...

    def drafts(self, body: Json, reply: Json, beside: Sequence[str] = ()) -> tuple[Draft, ...]:
        """One draft for each choice, with every channel of it that holds text.

        Texts in fields that the projection does not know count as `tool_calls` of the choice that they stand in, or
        of every choice where they stand in none, so that they are read, too. What is dropped with any change
        (annotations, log-probabilities) counts as `reasoning`. A field that gives back one of the request, word for
        word, is no answer. `beside` holds the texts of a stream that its reply does not contain
        (`StreamedReply.beside`); they are read as texts outside of every choice.
        """
        ...

    def rewritten(self, body: Json, reply: Json, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """The reply with the decided texts: one outcome for each draft, in the same order.

        A choice that was passed stays as it is. Of any other stays what the protocol needs: the decided text in place
        of the visible one, no reasoning, annotations, audio, log-probabilities or unknown fields; tool calls only
        where the choice was rewritten and none of the evidence lies in them. Usage is that of what is visible.

        Of a counterfactual refusal (`Outcome.counterfactual`), which was read as a whole, the choice is put in the
        place of the other as it is; where all choices are such, so is what stands around them.
        """
        ...

    def collected(self, events: Sequence[Event]) -> StreamedReply:
        """The whole reply that a stream's events add up to, and the texts of the events that it does not contain.

        Raises:
            ModelReplyError: if they are no whole answer: an error among them, garbage, or an end that is missing.
        """
        ...

    def streamed(self, body: Json, reply: Json, like: Json = NO_CHUNK) -> Iterator[Event]:
        """A whole reply as the events of a stream, the closing one included, in pieces that tell nothing of a draft.
        `like` is the upstream's own first chunk (`StreamedReply.like`)."""
        ...

    def visible(self, body: Json, event: Event) -> str | None:
        """The text that one event of a stream adds to the only choice's visible answer.

        "" for an event without any text; None for one that holds anything else (reasoning, a call, another choice, an
        unknown field) or ends the answer, from which on a stream has to be held.
        """
        ...

    def continued(
        self, body: Json, reply: Json, sent: Sequence[Event], rest: str, like: Json = NO_CHUNK
    ) -> Iterator[Event]:
        """Yield the end of a stream that has begun to leave: `rest` (perhaps "") as more of the visible text,
        then what closes the stream. `reply` is the upstream's whole answer, of which nothing but ids may leave, and
        `like` its first chunk."""
        ...
