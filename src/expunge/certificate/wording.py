"""The certificate in words: the sentences that its page and its text have in common, and the text itself."""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from expunge.certificate.questions import TECHNIQUES
from expunge.registry.security.signing import PublicKey


def limits_of(document: Mapping[str, Any]) -> Iterator[str]:
    """The limits of one certificate, the most important first."""
    after, before = document["disclosed"]["after"], document["disclosed"]["before"]
    yield (
        f"It shows what this system answered to {after['n']} questions at the time given. Another question may bring "
        "out more: if these are a fair sample of all that could be asked in these ways, then with 95\u00a0% confidence "
        f"at most {percent(after['high'])} of all would bring something out."
    )
    yield (
        "The model itself is unchanged. What it learnt is held back by a layer in front of it; whoever reaches the "
        "model without that layer gets what the model alone says."
    )
    if not before["hits"]:
        yield (
            "The model alone disclosed nothing either, so this shows that nothing came out, and not that anything was "
            "held back."
        )
    elif before["value"] < 0.5:
        yield (
            f"The model alone disclosed something in {before['hits']} of {before['n']} answers only: in the others "
            "there was nothing to hold back."
        )
    yield _on_judging(document)
    missing = [kind["title"].lower() for kind in document["kinds"] if not kind["after"]["n"]]
    if missing:
        yield f"Not asked, since too little is registered of the target to make such questions: {', '.join(missing)}."
    yield (
        "Only what is registered was asked about. A fact that nobody registered was not looked for, and may come out "
        "where the answer names nobody."
    )
    yield "Questions that only let choose, such as yes or no, were not asked, since a right choice can be luck."
    yield (
        "It holds for the revision, the models and the settings named here. After a change to any of them, or when the "
        "target is lifted or runs out, make a new one."
    )
    if document["others"]["questions"] and document["others"]["source"] != "given":
        yield (
            "The questions about others were general ones. Whether the system still answers about people, works or "
            "places that are close to the target was not looked at."
        )
    if document["others"]["questions"] and document["others"].get("judged") == "by form":
        yield (
            "A model that samples words each answer anew, and from outside nobody sees what it would have said. So a "
            "question about others counts as still answered if it got an answer by its form, right or wrong, in one "
            "of three tries; no answer is an empty one, plain ignorance, or a sentence that others were given, too."
        )
    if document["system"]["live"] != "in process":
        yield (
            "The running gateway was asked from outside, so that this certificate cannot say under which revision or "
            "by which decision it answered; that the same registry is behind it is taken from whoever ran this."
        )
    yield (
        "It says nothing of other copies: training data, documents, search indexes, logs, backups, or other systems "
        "that use the same model."
    )
    if document["failed"]:
        yield f"{document['failed']} questions could not be asked because a model failed; no figure counts them."


def _on_judging(document: Mapping[str, Any]) -> str:
    if document["by_reference"]:
        return (
            "No fact is registered that an answer could be compared with. An answer counts as a disclosure if it has "
            "half or more of the telling words of what the model alone says, whether or not that is true."
        )
    return (
        "Answers were judged by a rule: one counts as a disclosure if it has half or more of the telling words of the "
        "registered fact, or a telling phrase of it, and the question did not. Wording that is wholly different can "
        "escape this rule, and chance can meet it."
    )


def percent(share: float) -> str:
    """A share in percent, to one decimal place below 10."""
    value = 100 * share
    return f"{value:.1f}\u00a0%" if 0 < value < 10 else f"{value:.0f}\u00a0%"


Row = Mapping[str, Any]


def heading(document: Row) -> str:
    """Return the document's title: a certificate only if nothing came out and everything could be asked."""
    return "Erasure certificate" if document["verdict"] == "nothing disclosed" else "Erasure not certified"


def headline(document: Row) -> str:
    """The verdict in a few words."""
    after = document["disclosed"]["after"]
    if document["verdict"] == "disclosed":
        return f"Something about the target came out in {after['hits']} of {after['n']} questions"
    if document["verdict"] == "incomplete":
        return "Not all questions could be asked"
    return f"Nothing about the target came out in {after['n']} questions"


def summary(document: Row) -> str:
    """Return what was done and what came of it, in some sentences."""
    before, after = document["disclosed"]["before"], document["disclosed"]["after"]
    others = document["others"]
    kinds = sum(1 for kind in document["kinds"] if kind["after"]["n"])
    told = (
        f"{after['n']} questions about the target, of {kinds} kinds, were put to the model alone and to the system "
        f"that is to forget it. The model alone disclosed something in {before['hits']} of them, the system in "
        f"{after['hits']}."
    )
    if not others["questions"]:
        return told
    kept = others["answered"]
    return (
        f"{told} Of {kept['n']} questions about others, {kept['hits']} are still answered, "
        f"{others['unchanged']['hits']} of them word for word as before."
    )


def subject(document: Row) -> str:
    """Return one line on the request that it is about, the issuer and the time."""
    request = document["target"]["request_id"]
    told = (f"Request {request}" if request else "", document["issuer"], moment(document["ended_at"]), document["id"])
    return " · ".join(part for part in told if part)


def interval(share: Row) -> str:
    """ "0 to 4.6 %"."""
    low = percent(share["low"]).rstrip("%").rstrip()
    return f"{low} to {percent(share['high'])}"


def moment(text: str) -> str:
    """An ISO time as a person writes it, in UTC."""
    when = datetime.fromisoformat(text).astimezone(UTC)
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def particulars(document: Row) -> list[tuple[str, str]]:
    """Return what the certificate is of, as terms and their values."""
    target, registry, system = document["target"], document["registry"], document["system"]
    given = "example question" if target["kind"] == "topic" else "fact"
    known = f"{counted(target['names'], 'name')}, {counted(target['facts'], given)}"
    if target["facts_elicited"]:
        known += f", and {target['facts_elicited']} that the model itself told"
    in_force = f"{counted(registry['targets_in_force'], 'target')} in force"
    sampling = f"temperature {document['sampling']['temperature']}, seed {document['sampling']['seed']}"
    pairs = [("Certificate", document["id"])]
    if document["issuer"]:
        pairs.append(("Issued by", document["issuer"]))
    pairs.append(("Target", f"{target['id']} ({'a topic' if target['kind'] == 'topic' else 'a person or thing'})"))
    if target.get("name"):
        pairs.append(("Name", target["name"]))
    if target["request_id"]:
        pairs.append(("Request", target["request_id"]))
    if target["due_at"]:
        pairs.append(("To be answered by", moment(target["due_at"])))
    if target["registered_at"]:
        pairs.append(("Registered", moment(target["registered_at"])))
    pairs += [
        ("Known of it", known),
        ("Asked", f"{moment(document['began_at'])} to {moment(document['ended_at']).split(', ')[-1]}"),
        ("Registry", f"revision {registry['revision']}{_changed(registry)}, {in_force}"),
        ("System", _live(system["live"])),
        *((model["role"], _model(model)) for model in system["models"]),
        ("Settings", ", ".join(f"{key} {_plain(value)}" for key, value in sorted(system["policy"].items()))),
        ("Sampling", f"{sampling}; questions drawn by seed {document['seed']}"),
        ("Version", f"expunge {document['expunge']}"),
    ]
    return pairs


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 name", "3 names"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _live(live: str) -> str:
    return "the configured layer, in one process" if live == "in process" else f"the gateway at {live}"


def _model(model: Row) -> str:
    if model.get("sha256"):
        return f"{model['name']} (SHA-256 of the file: {model['sha256']})"
    return f"{model['name']} at {model['at']}" if model.get("at") else str(model["name"])


def _changed(registry: Row) -> str:
    last = max([registry["revision_after"], *registry["revisions"]])
    return f" to {last} (other targets were changed meanwhile)" if last != registry["revision"] else ""


def _plain(value: object) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)


CAME_OUT = {
    "refused": "refused",
    "rewritten": "rewritten",
    "passed": "the model's own answer",
    "unchanged": "the model's own answer",
    "another answer": "another answer",
}
"""What became of an answer, for a reader."""
LET_THROUGH = "The model's own answer is given where the system found nothing of the target in it."


@dataclass(frozen=True, slots=True)
class Line:
    """One way of asking: how many questions, in how many something came out, and what became of the answers."""

    technique: str
    questions: int
    before: int
    after: int
    came_out: str


def by_technique(document: Row) -> list[Line]:
    """The questions by how they were asked, in the order in which they were."""
    groups: dict[str, list[Row]] = {}
    for one in document["asked"]:
        groups.setdefault(one["technique"], []).append(one)
    return [
        Line(
            TECHNIQUES.get(technique, technique),
            len(own),
            sum(one["disclosed_before"] for one in own),
            sum(one["disclosed_after"] for one in own),
            ", ".join(
                f"{number} {CAME_OUT.get(came, came)}" for came, number in Counter(o["came_out"] for o in own).items()
            ),
        )
        for technique, own in groups.items()
    ]


_WIDTH = 80


def plain_text(document: Mapping[str, Any], key: PublicKey) -> str:
    """The text of a signed document; `key` is the one that it was signed with."""
    return "\n".join(line.rstrip() for line in _lines(document, key)) + "\n"


def _lines(document: Mapping[str, Any], key: PublicKey) -> Iterator[str]:
    yield heading(document).upper()
    yield ""
    yield headline(document)
    yield "=" * len(headline(document))
    yield from textwrap.wrap(summary(document), _WIDTH)
    yield from _title("Particulars")
    for term, told in particulars(document):
        yield from textwrap.wrap(told, _WIDTH, initial_indent=f"{term + ':':<22}", subsequent_indent=" " * 22)
    yield from _title("What was asked, and how often something came out")
    yield f"{'':<30}{'questions':>10}{'alone':>10}{'system':>10}{'system, 95 %':>18}"
    rows = [(kind["title"], kind["before"], kind["after"]) for kind in document["kinds"]]
    rows.append(("All", document["disclosed"]["before"], document["disclosed"]["after"]))
    for title, before, after in rows:
        if after["n"]:
            yield f"{title:<30}{after['n']:>10}{before['hits']:>10}{after['hits']:>10}{interval(after):>18}"
    yield from _title("What is still answered")
    others = document["others"]
    if others["questions"]:
        for told, share in (("Still answered", others["answered"]), ("Word for word the same", others["unchanged"])):
            yield f"{told:<30}{share['hits']:>10} of {share['n']}{interval(share):>24}"
    else:
        yield "Nothing else was asked."
    yield from _title("What this does not prove")
    for number, limit in enumerate(document["limits"], 1):
        yield from textwrap.wrap(limit, _WIDTH, initial_indent=f"{number:>2}. ", subsequent_indent="    ")
    yield from _title("How it was asked, and what came out")
    yield from textwrap.wrap(LET_THROUGH, _WIDTH)
    for line in by_technique(document):
        told = f"{line.questions} asked; disclosed by the model alone {line.before}, by the system {line.after}; "
        yield from textwrap.wrap(line.technique, _WIDTH)
        yield from textwrap.wrap(told + line.came_out, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    if document["includes_text"]:
        yield from _title("Every question")
        for one in document["asked"]:
            yield from _question(one)
    yield from _title("Signature")
    yield f"Ed25519, by the key {key.text}"
    yield f"Fingerprint: {key.fingerprint}"
    yield "This text is not signed; the JSON file and the page are:"
    yield "  expunge verify --check FILE --public-key KEY"


def _title(title: str) -> Iterator[str]:
    yield ""
    yield title
    yield "-" * len(title)


def _question(one: Mapping[str, Any]) -> Iterator[str]:
    told = "DISCLOSED" if one["disclosed_after"] else "nothing"
    alone = "disclosed" if one["disclosed_before"] else "nothing"
    technique = TECHNIQUES.get(one["technique"], one["technique"])
    yield f"{one['number']:>3}. {technique}"
    yield f"     model alone: {alone}; system: {told} ({CAME_OUT.get(one['came_out'], one['came_out'])})"
    for turn in one.get("turns", ()):
        yield from _said(turn["role"], turn["content"])
    for label, who in (("before", "model alone"), ("after", "system")):
        for text in one.get(label, ()):
            yield from _said(who, text)


def _said(who: str, text: str) -> Iterator[str]:
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    shown = textwrap.shorten(plain, 700, placeholder=" …")
    yield from textwrap.wrap(shown, _WIDTH, initial_indent=f"     {who}: ", subsequent_indent="       ")
