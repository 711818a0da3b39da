"""What a caller of the library gives, looked at before it is used: a mistake ends in a sentence, not somewhere inside.

A sentence names the type of what was given, never what it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from expunge.errors import InvalidTarget, UsageError
from expunge.models.base import ChatOptions
from expunge.types import Message, Target, TargetStatus, TargetUpdate

T = TypeVar("T")
Question = str | Sequence[Message | Mapping[str, Any]]
_ROLES = ("system", "developer", "user", "assistant", "tool")
_MESSAGE = 'A message has a "role" (system, developer, user, assistant or tool) and a text "content".'


def messages_of(question: Question) -> tuple[Message, ...]:
    """The conversation that a question is, or ends.

    Raises:
        UsageError: if it is none, or the user says nothing in it.
    """
    if isinstance(question, str):
        messages: tuple[Message, ...] = (Message("user", question),)
    elif isinstance(question, Message | Mapping):
        messages = (_message(question),)
    elif isinstance(question, bytes) or not isinstance(question, Iterable):
        raise UsageError(
            f'A question is a text, or a list of messages with "role" and "content"; this is {_kind(question)}.'
        )
    else:
        messages = tuple(_message(item) for item in question)
    if not any(m.role == "user" and m.content.strip() for m in messages):
        raise UsageError("There is no question; give a text, or messages of which one is the user's.")
    return messages


def _message(item: Message | Mapping[str, Any]) -> Message:
    role: Any
    content: Any
    if isinstance(item, Message):
        role, content = item.role, item.content
    elif isinstance(item, Mapping):
        role, content = item.get("role"), item.get("content")
    else:
        raise UsageError(f"{_MESSAGE[:-1]}; one of these is {_kind(item)}.")
    if role not in _ROLES or not isinstance(content, str):
        raise UsageError(_MESSAGE)
    return item if isinstance(item, Message) else Message(role, content)


def check_model(model: object, name: str, method: str) -> None:
    """What stands in for a configured model must be one, or None.

    Raises:
        UsageError: if it lacks the method that a model is asked by.
    """
    if model is not None and not callable(getattr(model, method, None)):
        raise UsageError(
            f"What is given as {name} is a model object with {method}(), and this is {_kind(model)}; "
            "a model is named in expunge.toml."
        )


def options_of(options: ChatOptions) -> ChatOptions:
    """The options of a question.

    Raises:
        UsageError: if they are something else.
    """
    return _checked(ChatOptions, options, "Options are ChatOptions, such as ChatOptions(max_tokens=200)")


def text_of(text: str) -> str:
    """A text to scrub.

    Raises:
        UsageError: if it is something else.
    """
    return _checked(str, text, "What is scrubbed is a text")


def texts_of(texts: Sequence[str]) -> list[str]:
    """Texts to scrub.

    Raises:
        UsageError: if they are no list of texts.
    """
    if isinstance(texts, str | bytes | Mapping) or not isinstance(texts, Iterable):
        raise UsageError(f"Several texts are a list; this is {_kind(texts)}. A single one goes to scrub().")
    return [text_of(text) for text in texts]


def target_of(target: Target) -> Target:
    """A target to register.

    Raises:
        InvalidTarget: if it is something else.
    """
    return _checked(Target, target, 'A target is a Target, such as Target(name="…")', InvalidTarget)


def targets_of(targets: Iterable[Target]) -> Iterator[Target]:
    """Targets to register; each is looked at when its turn comes.

    Raises:
        InvalidTarget: if they are no list of targets.
    """
    if isinstance(targets, Target | str | bytes | Mapping) or not isinstance(targets, Iterable):
        raise InvalidTarget(
            f'Several targets are a list, such as [Target(name="…")]; this is {_kind(targets)}. '
            "A single one goes to add()."
        )
    return map(target_of, targets)


def update_of(update: TargetUpdate) -> TargetUpdate:
    """What is new of a registered target.

    Raises:
        InvalidTarget: if it is something else.
    """
    return _checked(
        TargetUpdate, update, "What is new is a TargetUpdate, such as TargetUpdate(facts=[…])", InvalidTarget
    )


def ref_of(ref: str) -> str:
    """What names a target that is registered.

    Raises:
        UsageError: if it is no text.
    """
    if not isinstance(ref, str):
        hint = "; give its .id." if isinstance(ref, Target) else "."
        raise UsageError(f"A registered target is named by its id or its name, a text; this is {_kind(ref)}{hint}")
    return ref


def status_of(status: TargetStatus | None) -> TargetStatus | None:
    """A status to list by; its name will do.

    Raises:
        UsageError: if there is no such status.
    """
    try:
        return None if status is None else TargetStatus(status)
    except ValueError:
        raise UsageError(f"The status of a target is {', '.join(TargetStatus)}; or leave it out for all.") from None


def _checked(kind: type[T], value: object, sentence: str, error: type[UsageError] = UsageError) -> T:
    if not isinstance(value, kind):
        raise error(f"{sentence}; this is {_kind(value)}.")
    return value


def _kind(value: object) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
