"""The certificate as plain text, 80 columns wide."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from expunge.certificate.probes import TECHNIQUES
from expunge.certificate.wording import (
    CAME_OUT,
    LET_THROUGH,
    by_technique,
    heading,
    headline,
    interval,
    particulars,
    summary,
)
from expunge.registry.security.signing import PublicKey

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
