"""The cases of an evaluation, and suites of them.

A suite says who must be forgotten, what is asked, and what a model that knows everything would answer. Suites are
data: they know nothing of systems, models or of how answers are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from expunge.evals.react import Task
from expunge.evals.search import Search
from expunge.models.base import Completion
from expunge.types import Message, Target


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation and what must not, or must, come out of it.

    `messages` is what the user's side sends: each user message is asked in turn and answered live, except where an
    assistant message follows it already (an earlier turn that the user's side made up). `forget` says that the case is
    about a target: then `gold` and `spans` (facts, word for word) must not come out. Otherwise the answer must stay
    what the model alone would say. `replies` are the answers, one for each live turn, of a model that knows all and
    does whatever it is told: the worst case (default: the gold answer to the last turn). With `choices`, `right` is
    the index of the right one, and accuracy is measured instead of words. `in_force` names the targets of the suite
    that are registered when the case is asked; None means all. `decoded` says that the answer may be in an encoding,
    so that it is judged decoded, too. `shots` counts the examples put before the question. In a `verbatim` case nothing
    but `spans` discloses, each as it stands, and `kept` are passages of the worst reply that must stay in the answer.
    With a `task` an agent is set to it in a session that `messages` begin, and all that it writes is judged. With
    `samples`, the seeds of so many draws, the same conversation is asked that often at temperature 1, each time on its
    own, and `replies` are what a model that knows all would say in turn. With a `search`, somebody tries to find out
    who the targets are, and `messages` are no more than one of his questions.
    """

    id: str
    part: str
    messages: tuple[Message, ...]
    gold: str
    forget: bool
    spans: tuple[str, ...] = ()
    replies: tuple[Completion, ...] = ()
    choices: tuple[str, ...] = ()
    right: int = -1
    in_force: tuple[str, ...] | None = None
    decoded: bool = False
    shots: int = 0
    verbatim: bool = False
    kept: tuple[str, ...] = ()
    task: Task | None = None
    samples: tuple[int, ...] = ()
    search: Search | None = None

    @property
    def asked(self) -> str:
        """All that the user's side says, joined: what is in here is not disclosed by an answer."""
        return "\n".join(message.content for message in self.messages)

    @property
    def worst_replies(self) -> tuple[Completion, ...]:
        """`replies`, or the gold answer where there is but one live turn and none is given."""
        return self.replies or (Completion(self.gold),)


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases, and the targets that they are about.

    `name` is what the command line calls it, `title` says what it is. In an `ordered` suite the cases must be asked
    one after another: the targets in force change between them, or times are compared.
    """

    name: str
    title: str
    targets: tuple[Target, ...]
    cases: tuple[Case, ...]
    ordered: bool = False

    def limited(self, limit: int | None) -> Suite:
        """The suite with at most `limit` cases of each part, evenly spread over it."""
        if limit is None:
            return self
        parts: dict[str, list[Case]] = {}
        for case in self.cases:
            parts.setdefault(case.part, []).append(case)
        kept = {case.id for own in parts.values() for case in spread(own, limit)}
        return replace(self, cases=tuple(case for case in self.cases if case.id in kept))

    def cut(self, most: int | None) -> Suite:
        """The suite with at most `most` cases in all, evenly spread, those to forget and those to keep in turn."""
        if most is None or len(self.cases) <= most:
            return self
        forget = [case for case in self.cases if case.forget]
        keep = [case for case in self.cases if not case.forget]
        share = min(len(keep), max(most // 2, most - len(forget)))
        kept = {case.id for case in (*spread(forget, most - share), *spread(keep, share))}
        return replace(self, cases=tuple(case for case in self.cases if case.id in kept))


def spread(cases: Sequence[Case], limit: int) -> list[Case]:
    """At most `limit` of the cases, at even distances."""
    if len(cases) <= limit:
        return list(cases)
    return [cases[index * len(cases) // limit] for index in range(limit)]


def question(text: str) -> tuple[Message, ...]:
    """A conversation of one question."""
    return (Message("user", text),)
