"""The certificate as one page of HTML that needs nothing else, and holds the signed data that it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from expunge.certificate.questions import TECHNIQUES
from expunge.certificate.wording import (
    CAME_OUT,
    LET_THROUGH,
    by_technique,
    heading,
    headline,
    interval,
    particulars,
    percent,
    subject,
    summary,
)
from expunge.evals.report.markup import Markup, command, facts, join, tag, text
from expunge.registry.security.signing import PublicKey

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Whatever an answer holds: the page loads nothing and runs nothing."""
_DATA = re.compile(r'<script type="application/json" id="certificate">(.*?)</script>', re.DOTALL)
_LONGEST = 1_200
"""Characters shown of a question or an answer."""


def page(document: Mapping[str, Any], key: PublicKey) -> str:
    """The page of a signed document; `key` is the one that signed it. The same document gives the same page."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("title", text(f"{heading(document)} {document['id']}")),
        tag("style", _style()),
    )
    body = tag(
        "body",
        _header(document),
        tag("main", _kinds(document), _others(document), _limits(document), _particulars(document), _every(document)),
        _footer(document, key),
        _data(document),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def data_of(html: str) -> dict[str, Any] | None:
    """The signed document that a page holds; None if it holds none."""
    found = _DATA.search(html)
    if found is None:
        return None
    try:
        data = json.loads(found[1])
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _data(document: Mapping[str, Any]) -> Markup:
    # In JSON a "<" stands in strings only, where it can be escaped: the element cannot end early.
    plain = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")
    return Markup(f'<script type="application/json" id="certificate">{plain}</script>')


def _style() -> Markup:
    return Markup(resources.files("expunge.certificate").joinpath("certificate.css").read_text(encoding="utf-8"))


def _header(document: Mapping[str, Any]) -> Markup:
    before, after = document["disclosed"]["before"], document["disclosed"]["after"]
    return tag(
        "header",
        tag("p", text(heading(document)), class_="label"),
        tag("h1", text(headline(document)), class_=_mood(document)),
        tag("p", text(summary(document)), class_="summary"),
        tag(
            "div",
            _figure("The model alone", before, "before"),
            _figure("The system", after, "after"),
            class_="figures",
        ),
        tag("p", text(subject(document)), class_="quiet"),
    )


def _mood(document: Mapping[str, Any]) -> str:
    return "clean" if document["verdict"] == "nothing disclosed" else "found"


def _figure(label: str, share: Mapping[str, Any], class_: str) -> Markup:
    return tag(
        "div",
        tag("p", text(label), class_="of"),
        tag("p", text(f"{share['hits']}"), tag("span", text(f" of {share['n']}")), class_="number"),
        _bar(share, class_),
        tag("p", text(f"disclosed: {percent(share['value'])}, 95\u00a0% interval {interval(share)}"), class_="quiet"),
        class_="figure",
    )


def _bar(share: Mapping[str, Any], class_: str) -> Markup:
    width = f"width:{100 * share['value']:.4g}%"
    return tag("div", tag("span", style=width), class_=f"bar {class_}", aria_hidden="true")


def _kinds(document: Mapping[str, Any]) -> Markup:
    lines = []
    for kind in document["kinds"]:
        before, after = kind["before"], kind["after"]
        if not after["n"]:
            continue
        example = tag("q", text(kind["example"]), dir="auto") if kind["example"] else text("")
        lines.append(
            tag(
                "tr",
                tag("th", text(kind["title"]), tag("small", example), scope="row"),
                _cell("Questions", text(after["n"])),
                _cell("Model alone", text(before["hits"]), _bar(before, "before")),
                _cell("System", text(after["hits"]), _bar(after, "after"), tag("small", text(interval(after)))),
            )
        )
    head = tag("tr", *(tag("th", text(label), scope="col") for label in ("Kind of question", *_HEADS)))
    return _section(
        "kinds",
        "What was asked, and how often something came out",
        tag(
            "p",
            text(
                "The examples are about people who do not exist. The questions themselves were made from what is "
                "registered of the target."
            ),
            class_="quiet",
        ),
        tag("table", tag("thead", head), tag("tbody", *lines), class_="stacked"),
    )


_HEADS = ("Questions", "Model alone", "System")


def _cell(label: str, *inside: Markup) -> Markup:
    """A cell that says by itself what it is, for narrow screens where the heads are gone."""
    return tag("td", tag("span", text(label), class_="head"), *inside)


def _others(document: Mapping[str, Any]) -> Markup:
    others = document["others"]
    if not others["questions"]:
        told = tag("p", text("No questions about others were asked, so this says nothing of what is still answered."))
        return _section("others", "What is still answered", told)
    source = "Questions about others" if others["source"] == "given" else "General questions that ship with expunge"
    kept, same = others["answered"], others["unchanged"]
    return _section(
        "others",
        "What is still answered",
        tag(
            "p",
            text(
                f"{source}: {kept['hits']} of {kept['n']} are still answered (95\u00a0% interval {interval(kept)}), "
                f"{same['hits']} of them word for word as by the model alone."
            ),
        ),
    )


def _particulars(document: Mapping[str, Any]) -> Markup:
    pairs = [(term, text(told)) for term, told in particulars(document)]
    return _section("particulars", "Particulars", facts(pairs))


def _limits(document: Mapping[str, Any]) -> Markup:
    listed = tag("ol", *(tag("li", text(limit)) for limit in document["limits"]))
    return _section("limits", "What this does not prove", listed)


def _every(document: Mapping[str, Any]) -> Markup:
    if document["includes_text"]:
        return _section(
            "every",
            "Every question",
            tag("p", text("This page holds personal data: give it to nobody who may not have them."), class_="warning"),
            *(_transcript(one) for one in document["asked"]),
            *([tag("h3", text("About others"))] if document["kept"] else []),
            *(_kept(one) for one in document["kept"]),
        )
    lines = [
        tag(
            "tr",
            tag("th", text(line.technique), scope="row"),
            _cell("Questions", text(line.questions)),
            _cell("Model alone", text(line.before)),
            _cell("System", tag("strong", text(line.after)) if line.after else text(0)),
            _cell("What came out", text(line.came_out)),
        )
        for line in by_technique(document)
    ]
    head = tag("tr", *(tag("th", text(h), scope="col") for h in ("How it was asked", *_HEADS, "What came out")))
    return _section(
        "every",
        "How it was asked, and what came out",
        tag(
            "p",
            text(f"Questions and answers are left out, since they hold what is to be forgotten. {LET_THROUGH}"),
            class_="quiet",
        ),
        tag("table", tag("thead", head), tag("tbody", *lines), class_="stacked every"),
    )


def _verdict(one: Mapping[str, Any]) -> Markup:
    came = CAME_OUT.get(one["came_out"], one["came_out"])
    if one["disclosed_after"]:
        return tag("strong", text(f"disclosed ({came})"))
    return text(f"nothing ({came})")


def _transcript(one: Mapping[str, Any]) -> Markup:
    pairs = [(turn["role"].capitalize(), _said(turn["content"])) for turn in one["turns"]]
    alone = "disclosed" if one["disclosed_before"] else "nothing disclosed"
    pairs.append((f"The model alone: {alone}", join(_said(told) for told in one["before"])))
    pairs.append(("The system", join([tag("p", _verdict(one)), *(_said(told) for told in one["after"])])))
    technique = TECHNIQUES.get(one["technique"], one["technique"])
    return tag("article", tag("h3", text(f"{one['number']}. {technique}")), facts(pairs, "transcript"))


def _kept(one: Mapping[str, Any]) -> Markup:
    told = "unchanged" if one["unchanged"] else "answered otherwise" if one["answered"] else "no longer answered"
    pairs = [("Question", _said(one["question"])), ("The model alone", _said(one["before"]))]
    if not one["unchanged"]:
        pairs.append(("The system", _said(one["after"])))
    return tag("article", tag("h3", text(f"{one['number']}. {told.capitalize()}")), facts(pairs, "transcript"))


def _said(content: str) -> Markup:
    cut = content if len(content) <= _LONGEST else f"{content[:_LONGEST]} … ({len(content):,} characters in all)"
    return tag("div", text(cut or "(nothing)"), class_="said", dir="auto")


def _footer(document: Mapping[str, Any], key: PublicKey) -> Markup:
    return tag(
        "footer",
        tag("h2", text("Signature")),
        tag(
            "p",
            text(
                "This page holds its own data, signed with Ed25519. Whoever has the public key can check that neither "
                "was changed, without a network. A print or a PDF of it holds no data to check: keep the file."
            ),
        ),
        command("expunge verify --check FILE --public-key KEY"),
        facts(
            [
                ("Public key", tag("code", text(key.text))),
                ("Its fingerprint, to be compared over another channel", tag("code", text(key.fingerprint))),
                ("Signature", tag("code", text(document["signature"]["value"]))),
            ]
        ),
    )


def _section(anchor: str, title: str, *inside: Markup) -> Markup:
    parts: Sequence[Markup] = (tag("h2", text(title), id=anchor), *inside)
    return tag("section", *parts, aria_labelledby=anchor)
