"""Validates what callers of the library pass in, so that a mistake ends in a clear sentence.

A sentence names the type of what was given, never its contents.
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
_MESSAGE = 'A message needs a "role" (system, developer, user, assistant or tool) and a string "content".'


def messages_of(question: Question) -> tuple[Message, ...]:
    """Return the conversation that a question is, or ends.

    Raises:
        UsageError: if it is not a conversation, or has no question by the user.
    """
    if isinstance(question, str):
        messages: tuple[Message, ...] = (Message("user", question),)
    elif isinstance(question, Message | Mapping):
        messages = (_message(question),)
    elif isinstance(question, bytes) or not isinstance(question, Iterable):
        raise UsageError(
            f'A question must be a string or a list of messages with "role" and "content", not {_kind(question)}.'
        )
    else:
        messages = tuple(_message(item) for item in question)
    if not any(m.role == "user" and m.content.strip() for m in messages):
        raise UsageError("The question is empty; give a string, or messages that include one by the user.")
    return messages


def _message(item: Message | Mapping[str, Any]) -> Message:
    role: Any
    content: Any
    if isinstance(item, Message):
        role, content = item.role, item.content
    elif isinstance(item, Mapping):
        role, content = item.get("role"), item.get("content")
    else:
        raise UsageError(f"{_MESSAGE} One of these is {_kind(item)}.")
    if role not in _ROLES or not isinstance(content, str):
        raise UsageError(_MESSAGE)
    return item if isinstance(item, Message) else Message(role, content)


def check_model(model: object, name: str, method: str) -> None:
    """Check that what replaces a configured model is a model, or None.

    Raises:
        UsageError: if it lacks the method that a model must have.
    """
    if model is not None and not callable(getattr(model, method, None)):
        raise UsageError(
            f"{name} must be a model object with {method}(), not {_kind(model)}; "
            "to choose a model by name, use expunge.toml."
        )


def options_of(options: ChatOptions) -> ChatOptions:
    """Return the options of a question.

    Raises:
        UsageError: if they are not ChatOptions.
    """
    return _checked(ChatOptions, options, "options must be ChatOptions, such as ChatOptions(max_tokens=200)")


def text_of(text: str) -> str:
    """Return a text to scrub.

    Raises:
        UsageError: if it is not a string.
    """
    return _checked(str, text, "The text to scrub must be a string")


def texts_of(texts: Sequence[str]) -> list[str]:
    """Return texts to scrub.

    Raises:
        UsageError: if they are not a list of strings.
    """
    if isinstance(texts, str | bytes | Mapping) or not isinstance(texts, Iterable):
        raise UsageError(f"scrub_many() takes a list of strings, not {_kind(texts)}; for a single text use scrub().")
    return [text_of(text) for text in texts]


def target_of(target: Target) -> Target:
    """Return a target to register.

    Raises:
        InvalidTarget: if it is not a Target.
    """
    return _checked(Target, target, 'A target must be a Target, such as Target(name="…")', InvalidTarget)


def targets_of(targets: Iterable[Target]) -> Iterator[Target]:
    """Return targets to register; each is checked when it is reached.

    Raises:
        InvalidTarget: if they are not a list of targets.
    """
    if isinstance(targets, Target | str | bytes | Mapping) or not isinstance(targets, Iterable):
        raise InvalidTarget(
            f'add_many() takes a list, such as [Target(name="…")], not {_kind(targets)}; for a single target use add().'
        )
    return map(target_of, targets)


def update_of(update: TargetUpdate) -> TargetUpdate:
    """Return an update of a registered target.

    Raises:
        InvalidTarget: if it is something else.
    """
    return _checked(
        TargetUpdate, update, "An update must be a TargetUpdate, such as TargetUpdate(facts=[…])", InvalidTarget
    )


def ref_of(ref: str) -> str:
    """Return an id or name of a registered target.

    Raises:
        UsageError: if it is not a string.
    """
    if not isinstance(ref, str):
        hint = "; use its .id." if isinstance(ref, Target) else "."
        raise UsageError(f"A registered target is given by its id or name, a string, not {_kind(ref)}{hint}")
    return ref


def status_of(status: TargetStatus | None) -> TargetStatus | None:
    """Return a status from itself or its name.

    Raises:
        UsageError: if it is not a known status.
    """
    try:
        return None if status is None else TargetStatus(status)
    except ValueError:
        raise UsageError(f"status must be one of {', '.join(TargetStatus)}; leave it out for all.") from None


def _checked(kind: type[T], value: object, sentence: str, error: type[UsageError] = UsageError) -> T:
    if not isinstance(value, kind):
        raise error(f"{sentence}, not {_kind(value)}.")
    return value


def _kind(value: object) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
