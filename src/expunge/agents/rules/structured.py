"""Takes a target out of tables and of code: rows and cells, entries of literals, YAML, CSV, markup and SQL.

Entries go whole and the lines of others stay byte for byte; what a gap breaks (a comma, a bracket) is mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from expunge.agents.rules.json_values import Erase, erase_json
from expunge.agents.rules.yaml_values import erase_yaml
from expunge.agents.validity import yaml_runs
from expunge.text.budget import step
from expunge.text.segment import LineKind

_RULE = re.compile(r"\s*+\|?(?:\s*+:?-{3,}+:?\s*+\|?)++\s*+")
_COMMENT = re.compile(
    r"(?P<gap>[ \t]*)(?P<mark>#+|//+|--|/\*+|<!--|;;|%+)[ \t]*(?P<text>.*?)(?P<close>[ \t]*(?:\*/|-->))?$"
)
_LITERAL = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_EMPTY = "—"
_OPEN_TAG = re.compile(r"\s*<([A-Za-z][\w:.-]*)(?:\s[^<>]*)?(?<!/)>")
_NAME_FIELD = re.compile(
    r"\s*(?:-\s+)?[\"']?(?:\w+[_-])?(?:name|nombre|nom|nome|имя|title|user|handle|author)[\"']?\s*[:=]", re.IGNORECASE
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Judge:
    """Tells of a text by itself: `names` a target, `tells` of one without its name, `others` somebody else's name;
    `erase` gives what is left of it, None if nothing is."""

    names: Callable[[str], bool]
    tells: Callable[[str], bool]
    others: Callable[[str], bool]
    erase: Erase

    def about(self, text: str) -> bool:
        """Whether it names a target, or tells of one and names nobody else."""
        return self.names(text) or (self.tells(text) and not self.others(text))


def erase_block(kind: LineKind, rows: list[str], judge: Judge, *, gentle: bool) -> list[str | None]:
    """The lines of a table or of fenced code without the target; None for a line that goes.

    Gentle erasing empties a cell where hard erasing drops its row.
    """
    if kind is LineKind.ROW:
        return _table(rows, judge, gentle=gentle) if any(judge.about(row) for row in rows) else list(rows)
    until = len(rows) - 1 if len(rows) > 1 and rows[-1].strip()[:3] in ("```", "~~~") else len(rows)
    body = "\n".join(rows[1:until])
    if body.strip()[:1] in ("[", "{") and any(judge.about(row) for row in rows):
        edited = erase_json(body.strip(), judge.erase)
        if edited is not None:
            if not edited.text:
                return [None] * len(rows)
            # The document stands in its first line; the other lines of the block are merged into it.
            return ["\n".join([rows[0], edited.text, *rows[until:]]), *([None] * (len(rows) - 1))]
    inner = erase_code(rows[1:until], judge)
    if inner and not any(line and line.strip() for line in inner):
        return [None] * len(rows)
    return [rows[0], *inner, *rows[until:]]


def erase_code(rows: list[str], judge: Judge) -> list[str | None]:
    """Lines of data or code without the target; None for a line that goes."""
    if yaml_runs(rows) == [(0, len(rows))] and any(judge.about(row) for row in rows):
        edited = erase_yaml(rows, judge.erase)
        if edited is not None:
            return edited
    return erase_lines(rows, judge)


def _cells(row: str) -> list[str]:
    return re.split(r"(?<!\\)\|", row)


def _table(rows: list[str], judge: Judge, *, gentle: bool) -> list[str | None]:
    header = _cells(rows[0])
    first = 1 if not header[0].strip() and rows[0].lstrip().startswith("|") else 0
    columns = {i for i, cell in enumerate(header) if i > first and judge.names(cell)}
    kept: list[str | None] = []
    for number, row in enumerate(rows):
        step()
        cells = [c for i, c in enumerate(_cells(row)) if i not in columns]
        if _RULE.fullmatch(row) or number == 0:
            kept.append("|".join(cells))
            continue
        bad = [i for i, cell in enumerate(cells) if judge.names(cell)]
        told = [i for i, cell in enumerate(cells) if i not in bad and judge.tells(cell) and not judge.others(cell)]
        label = next((i for i in range(first, len(cells)) if re.search(r"[^\W\d]", cells[i])), first)
        if (bad and (label in bad or not gentle)) or (told and label in told):
            kept.append(None)
            continue
        for i in (*bad, *told):
            left = judge.erase(cells[i].strip())
            cells[i] = f" {left if left and left != cells[i].strip() else _EMPTY} "
        kept.append("|".join(cells))
    body = [row for row in kept[1:] if row is not None and not _RULE.fullmatch(row)]
    return kept if body else [None] * len(rows)


def erase_lines(rows: Sequence[str], judge: Judge) -> list[str | None]:
    """Lines of code, data or markup without the target's entries."""
    new: list[str | None] = list(rows)
    at = 0
    while at < len(rows):
        step()
        row = rows[at]
        if not row.strip() or not judge.about(row):
            at += 1
            continue
        left = _without_comment(row, judge)
        if left is not None:
            new[at] = left or None
            at += 1
            while at < len(rows) and _goes_on(rows[at - 1], rows[at]):
                new[at] = None
                at += 1
            continue
        start, end = _entry(rows, at) if judge.names(row) else (at, at + 1)
        if end - start > max(12, 0.6 * len(rows)):
            start, end = at, at + 1
        if any(judge.others(rows[i]) and _NAME_FIELD.match(rows[i]) for i in range(start, end) if i != at):
            start, end = at, at + 1
        alone = end == start + 1
        inline = _without_literal(row, judge) if alone else None
        if inline is not None:
            new[at] = inline
            at += 1
            continue
        for i in range(start, end):
            new[i] = None
        _mend_brackets(rows, new, start, end)
        at = end
    _drop_bare_openers(rows, new)
    return new


def _goes_on(row: str, following: str) -> bool:
    """Whether a line is all comment and stands under the comment of the line before it."""
    comment = _COMMENT.match(following.lstrip())
    return comment is not None and _indent(following) > 8 and _indent(following) > _indent(row)


def _without_comment(row: str, judge: Judge) -> str | None:
    """The line without its comment's target; "" if nothing is left, None if its code is about one."""
    comment = next((m for m in _COMMENT.finditer(row) if not _inside_literal(row, m.start("mark"))), None)
    if comment is None:
        return None
    code = row[: comment.start()]
    if judge.about(code) and code.strip():
        return None
    left = judge.erase(comment["text"])
    if left and left != comment["text"]:
        return f"{code}{comment['gap']}{comment['mark']} {left}{comment['close'] or ''}"
    return code.rstrip()


def _without_literal(row: str, judge: Judge) -> str | None:
    """A line of code with the literals that name a target emptied, where that is all it takes."""
    entry = re.fullmatch(r"\s*(?:-\s+)?(?:[\w\"'.-]+\s*[:=]\s*)?[\[({]?\s*[\"'][^\"']*[\"']\s*[\])}]?\s*[,;]?\s*", row)
    literals = [m[0] for m in _LITERAL.finditer(row)]
    if entry or len(literals) < 2 or not re.search(r"[=(\[]", row):
        return None
    code = _LITERAL.sub(lambda m: m[0][0] * 2 if judge.about(m[0]) else m[0], row)
    if judge.about(code):
        return None
    for quote in ('""', "''"):
        # In a list of others an empty entry is no entry.
        code = (
            re.sub(rf"{quote},\s*|,\s*{quote}(?=\s*[\]}}])", "", code)
            if code.count("[") and "=" not in code.split("[")[1]
            else code
        )
    return code


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip(" \t"))


def _entry(rows: Sequence[str], at: int) -> tuple[int, int]:
    """The lines of the entry that a line belongs to: an element of markup, a block in brackets, an item of YAML."""
    markup = _element(rows, at)
    if markup is not None:
        return markup
    row = rows[at].rstrip()
    if row.endswith(("{", "[", "(")):
        return at, _closing(rows, at)
    start = at
    if not re.match(r"\s*-\s", row):
        # A name inside an item of a list, or inside a block, stands for all of it.
        for above in range(at - 1, max(-1, at - 12), -1):
            if not rows[above].strip():
                break
            if re.match(r"\s*-\s", rows[above]) and _indent(rows[above]) < _indent(row):
                start = above if _NAME_FIELD.match(row) else at
                break
            if _indent(rows[above]) < _indent(row):
                if rows[above].rstrip().endswith(("{", "(")) and _NAME_FIELD.match(row):
                    return above, _closing(rows, above)
                break
    end = start + 1
    nested = row.endswith(":") or re.match(r"\s*-\s", rows[start]) is not None
    while nested and end < len(rows) and rows[end].strip() and _indent(rows[end]) > _indent(rows[start]):
        end += 1
    return start, max(end, at + 1)


def _closing(rows: Sequence[str], at: int) -> int:
    end = at + 1
    while end < len(rows) and (not rows[end].strip() or _indent(rows[end]) > _indent(rows[at])):
        end += 1
    return min(len(rows), end + (end < len(rows) and rows[end].lstrip()[:1] in ")]}"))


def _element(rows: Sequence[str], at: int) -> tuple[int, int] | None:
    """The lines of the innermost element of markup around a line that has a sibling of its kind."""
    if not any(_OPEN_TAG.match(row) for row in rows):
        return None
    for above in range(at, -1, -1):
        step()
        opening = _OPEN_TAG.match(rows[above])
        if opening is None:
            continue
        tag = opening[1]
        if re.search(rf"</{re.escape(tag)}>", rows[above]):
            continue
        end = next((i for i in range(above + 1, len(rows)) if re.match(rf"\s*</{re.escape(tag)}>", rows[i])), None)
        if end is None or end < at:
            continue
        siblings = sum(
            1 for row in rows if (m := _OPEN_TAG.match(row)) and m[1] == tag and _indent(row) == _indent(rows[above])
        )
        if siblings > 1:
            return above, end + 1
    return at, at + 1


def _mend_brackets(rows: Sequence[str], new: list[str | None], start: int, end: int) -> None:
    """Closing brackets, and the mark that ends a row of entries, move from what went to what stands before it."""
    gone = _LITERAL.sub("", "\n".join(rows[start:end]))
    closing: list[str] = []
    depth: list[str] = []
    for char in gone:
        if char in _PAIRS:
            depth.append(_PAIRS[char])
        elif char in ")]}":
            if depth and depth[-1] == char:
                depth.pop()
            else:
                closing.append(char)
    before = next((i for i in range(start - 1, -1, -1) if new[i] is not None and (new[i] or "").strip()), None)
    own = new[before] if before is not None else None
    if own is None or before is None:
        return
    last = gone.rstrip()
    following = next((rows[i].strip() for i in range(end, len(rows)) if rows[i].strip()), "")
    if closing:
        new[before] = own.rstrip() + "".join(closing)
    elif last.endswith(";") and own.rstrip().endswith(","):
        new[before] = own.rstrip()[:-1] + ";"
    elif own.rstrip().endswith(",") and not last.endswith(",") and following[:1] in ("]", "}"):
        new[before] = own.rstrip()[:-1]


def _drop_bare_openers(rows: Sequence[str], new: list[str | None]) -> None:
    """A key of YAML all of whose entries went goes too."""
    for at in range(len(rows) - 1, -1, -1):
        if new[at] is None or not re.fullmatch(r"\s*[\w.-]+:\s*", rows[at]):
            continue
        end = at + 1
        while (
            end < len(rows)
            and rows[end].strip()
            and (
                _indent(rows[end]) > _indent(rows[at])
                or (re.match(r"\s*-\s", rows[end]) and _indent(rows[end]) >= _indent(rows[at]))
            )
        ):
            end += 1
        if end > at + 1 and all(new[i] is None for i in range(at + 1, end)):
            new[at] = None


def _inside_literal(row: str, at: int) -> bool:
    return any(m.start() < at < m.end() for m in _LITERAL.finditer(row))
