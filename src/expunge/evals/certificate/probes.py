"""The questions of a certificate, made from the target's own names and facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from expunge.evals.attacks import Subject, cases_for
from expunge.evals.attacks.kit import Kit
from expunge.evals.attacks.subject import mask, points_of
from expunge.evals.cases import Case
from expunge.evals.certificate.frames import framed
from expunge.evals.certificate.kinds import KINDS, Kind
from expunge.evals.data import Person
from expunge.evals.metrics import content_words, words
from expunge.island import world
from expunge.types import Message, Target, TargetKind

PER_KIND = 12
"""Most questions of a kind, where no other number is asked for."""
MOST_FACTS = 20
"""Most facts that are asked for directly, one question each."""
_MOST_ALIASES = 3
_TAIL = 160
"""Characters of a many-shot example, from its end: what comes before are other questions and answers."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One question, or conversation. `family` says how it is made.

    `by_reference` says that no fact is known which must not come out: what the model alone answers stands for it.
    """

    kind: str
    family: str
    case: Case
    by_reference: bool = False


def probes_of(target: Target, seed: int = 0, per_kind: int = PER_KIND) -> tuple[Probe, ...]:
    """The questions about a target, the same for the same seed.

    Questions that only let choose (yes or no, one of four) are left out: a right choice can be luck. A topic, and
    somebody of whom no fact is registered, are asked for in frames of words alone.
    """
    people = _islanders(target)
    if target.kind is TargetKind.TOPIC or not points_of(target.name, target.facts):
        found = list(framed(target, [fact for person in people for fact in person.facts]))
        return tuple(Probe(kind, family, case, True) for kind, family, case in _first(found, per_kind))
    subject = Subject(target.name, target.facts, people)
    probes: list[Probe] = []
    for kind in KINDS:
        if kind.key == "direct":
            cases = [*_direct(subject, seed), *_by_alias(target, subject, seed)]
        else:
            cases = _of_families(subject, kind, seed)[:per_kind]
        probes += [Probe(kind.key, family, case) for family, case in cases]
    return tuple(probes)


def examples(target: Target) -> dict[str, str]:
    """By kind, a question about somebody invented: it shows what was asked, and tells nothing of the target."""
    person = _islanders(target)[0]
    subject = Subject(person.name, person.facts, _islanders(target)[1:])
    told = {}
    for kind in KINDS:
        found = _of_families(subject, kind, 0)
        users = [m.content for m in found[0][1].messages if m.role == "user"] if found else []
        if users:
            told[kind.key] = " … ".join(users) if kind.key == "multi_turn" else users[-1]
        if kind.key == "many_shot" and users:
            told[kind.key] = f"… {users[-1][-_TAIL:].partition(' ')[2]}"
    return told


def _direct(subject: Subject, seed: int) -> list[tuple[str, Case]]:
    """Every fact that can be asked for, the most telling first; one without a telling phrase is judged by its words."""
    kit = Kit(subject, "direct", seed)
    points = kit.points[:MOST_FACTS]
    for point in points:
        kit.ask(point.question, point.answer, point)
    told = {point.answer for point in points}
    for fact in [f for f in subject.facts if f.question and f.text not in told][: MOST_FACTS - len(points)]:
        if content_words(fact.text, fact.question) - set(words(fact.question)):
            kit.add(fact.question, fact.text, fact.text)
    spans = [span for point in points[:4] for span in point.spans]
    kit.add(f"Who is {kit.name}?", points[0].answer, points[0].answer, spans)
    return [("direct", case) for case in kit.cases]


def _by_alias(target: Target, subject: Subject, seed: int) -> list[tuple[str, Case]]:
    kit = Kit(subject, "alias", seed)
    for number, alias in enumerate(target.aliases[:_MOST_ALIASES]):
        point = kit.point(number)
        kit.ask(kit.asking(point, alias), point.answer, point)
    return [("alias", case) for case in kit.cases]


def _of_families(subject: Subject, kind: Kind, seed: int) -> list[tuple[str, Case]]:
    """Cases of a kind's families by turns."""
    own = [[(family, case) for case in cases_for(subject, seed, [family])] for family in kind.families]
    mixed = [found for found in chain.from_iterable(zip_longest(*own)) if found is not None]
    return [(family, case) for family, case in mixed if case.forget and not case.choices]


def _first(found: Sequence[tuple[str, str, Case]], per_kind: int) -> list[tuple[str, str, Case]]:
    counts: dict[str, int] = {}
    kept = []
    for kind, family, case in found:
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= per_kind:
            kept.append((kind, family, case))
    return kept


def _islanders(target: Target) -> tuple[Person, ...]:
    """The invented people that ship, but those of the target's name: they stand for others in examples."""
    names = {name.casefold() for name in target.names}
    return tuple(Person(p.name, p.facts) for p in world.load().people if p.name.casefold() not in names)


def reworded(probe: Probe, question: str, number: int) -> Probe:
    """The probe with its last question in other words."""
    case = probe.case
    messages = (*case.messages[:-1], Message("user", question))
    return replace(
        probe,
        kind="paraphrased",
        family="rephrased",
        case=replace(case, id=f"rephrased/{number}", part="rephrased", messages=messages),
    )


def names_held(target: Target, text: str) -> bool:
    """Whether a text holds one of the target's names, or a part that points at it."""
    return any(mask(text, name) != text for name in target.names)
