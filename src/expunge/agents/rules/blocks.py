"""Takes a target out of tables and of fenced code, whole lines at a time."""

from __future__ import annotations

import re
from collections.abc import Callable

from expunge.agents.rules.json_values import Erase, erase_json
from expunge.text.segment import LineKind

_RULE = re.compile(r"\s*+\|?(?:\s*+:?-{3,}+:?\s*+\|?)++\s*+")
_COMMENT = re.compile(
    r"(?P<gap>[ \t]*)(?P<mark>#+|//+|--|/\*+|<!--|;;)[ \t]*(?P<text>.*?)(?P<close>[ \t]*(?:\*/|-->))?$"
)
_LITERAL = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_EMPTY = "—"


def erase_block(
    kind: LineKind, rows: list[str], names: Callable[[str], bool], erase: Erase, *, gentle: bool
) -> list[str | None]:
    """The lines of a table or of fenced code without the target; None for a line that goes.

    `names` tells whether a text names a target, `erase` erases a text by itself. Gentle erasing empties a
    cell where hard erasing drops its row.
    """
    if not any(names(row) for row in rows):
        return list(rows)
    if kind is LineKind.ROW:
        return _table(rows, names, erase, gentle=gentle)
    body = "\n".join(rows[1:-1])
    edited = erase_json(body.strip(), erase) if body.strip()[:1] in "[{" else None
    if edited is not None:
        if not edited.text:
            return [None] * len(rows)
        # The document stands in its first line; the other lines of the block are merged into it.
        return [rows[0] + "\n" + edited.text + "\n" + rows[-1], *([None] * (len(rows) - 1))]
    return [_code_line(row, names, erase) for row in rows]


def _cells(row: str) -> list[str]:
    return re.split(r"(?<!\\)\|", row)


def _table(rows: list[str], names: Callable[[str], bool], erase: Erase, *, gentle: bool) -> list[str | None]:
    header = _cells(rows[0])
    first = 1 if not header[0].strip() and rows[0].lstrip().startswith("|") else 0
    columns = {i for i, cell in enumerate(header) if i > first and names(cell)}
    kept: list[str | None] = []
    for row in rows:
        cells = [c for i, c in enumerate(_cells(row)) if i not in columns]
        if _RULE.fullmatch(row):
            kept.append("|".join(cells))
            continue
        label = cells[first] if first < len(cells) else ""
        bad = [i for i, cell in enumerate(cells) if names(cell)]
        if bad and (names(label) or not gentle):
            kept.append(None)
            continue
        for i in bad:
            left = erase(cells[i].strip())
            cells[i] = f" {left or _EMPTY} "
        kept.append("|".join(cells))
    body = [row for row in kept[1:] if row is not None and not _RULE.fullmatch(row)]
    return kept if body else [None] * len(rows)


def _code_line(row: str, names: Callable[[str], bool], erase: Erase) -> str | None:
    if not names(row):
        return row
    comment = next((m for m in _COMMENT.finditer(row) if not _inside_literal(row, m.start("mark"))), None)
    code = row[: comment.start()] if comment else row
    if names(code):
        alone = re.fullmatch(r"\s*(?:[\w\"']+\s*[:=]\s*)?[\"'].*[\"'],?\s*", code)
        if alone or not _LITERAL.search(code):
            return None
        code = _LITERAL.sub(lambda m: m[0][0] * 2 if names(m[0]) else m[0], code)
        return None if names(code) else code
    if comment is None:
        return row
    left = erase(comment["text"])
    if left:
        return f"{code}{comment['gap']}{comment['mark']} {left}{comment['close'] or ''}"
    return code.rstrip() if code.strip() else None


def _inside_literal(row: str, at: int) -> bool:
    return any(m.start() < at < m.end() for m in _LITERAL.finditer(row))
