"""Characters written as escapes: URL, Unicode, HTML, quoted-printable, CSS, and punycode host names."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from expunge.text.decode.look import Look
from expunge.text.view import View

_URL = re.compile(r"(?:%[0-9A-Fa-f]{2})++")
_UNICODE = re.compile(
    r"(?:\\\\?[uU][0-9A-Fa-f]{8}|\\\\?u[0-9A-Fa-f]{4}|\\\\?u\{[0-9A-Fa-f]{1,6}\}|%u[0-9A-Fa-f]{4}|\\\\?x[0-9A-Fa-f]{2}"
    r"|\\N\{[A-Z0-9 -]{2,80}\})++|[Uu]\+[0-9A-Fa-f]{4,6}(?:[\s,;]{1,3}+[Uu]\+[0-9A-Fa-f]{4,6})*+"
)
_UNICODE_ONE = re.compile(r"N\{([A-Z0-9 -]{2,80})\}|(?:[uUx]\{?|\+)([0-9A-Fa-f]{2,8})")
_HTML = re.compile(r"(?:&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31}[0-9]{0,2}(?=;));?)++")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2}(?:=\r?\n)?+){2,}+|(?<=\w)=\r?\n(?=\w)")
_CSS = re.compile(r"(?:\\(?:00)?[2-7][0-9A-Fa-f] ?){3,}+")
_CSS_ONE = re.compile(r"[0-9A-Fa-f]+")
_PUNY = re.compile(r"(?<![A-Za-z0-9])[xX][nN]--[A-Za-z0-9-]{2,59}")
# What an escaped escape becomes.
_AGAIN = re.compile(r"%[0-9A-Fa-f]{2}|&#|\\\\[uUx][0-9A-Fa-f]{2}|=[0-9A-F]{2}=")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")
_CLUSTER = 48
_CONTEXT = 40


def escapes(look: Look) -> Iterator[View]:
    """The text around escapes with them resolved, one view for each cluster of escapes."""
    text = look.text
    if "%" in look.chars:
        yield from _resolve(text, _URL, _from_url, "url")
    if "\\" in look.chars or "+" in look.chars or "%" in look.chars:
        yield from _resolve(text, _UNICODE, _from_unicode, "unicode")
    if "\\" in look.chars:
        yield from _resolve(text, _CSS, _from_css, "css")
    if "&" in look.chars:
        yield from _resolve(text, _HTML, _from_html, "html")
    if "=" in look.chars:
        yield from _resolve(text, _QUOTED, _from_quoted, "quoted-printable")
    if "xn--" in text or "XN--" in text:
        yield from _resolve(text, _PUNY, _from_puny, "punycode")


def _resolve(text: str, pattern: re.Pattern[str], decode: Callable[[str], str], via: str) -> Iterator[View]:
    matches = list(pattern.finditer(text))
    first = 0
    while first < len(matches):
        last = first
        while last + 1 < len(matches) and matches[last + 1].start() - matches[last].end() < _CLUSTER:
            last += 1
        cluster = matches[first : last + 1]
        first = last + 1
        start, end = _widened(text, cluster[0].start(), cluster[-1].end())
        parts: list[str] = []
        position, telling, again = start, False, False
        for match in cluster:
            plain = decode(match[0])
            again = again or bool(_AGAIN.match(plain[-1:] + text[match.end() : match.end() + 8]))
            telling = telling or _tells(text, match, plain)
            parts += [text[position : match.start()], plain]
            position = match.end()
        parts.append(text[position:end])
        view = "".join(parts)
        if again or (telling and not _CONTROL.search(view)):
            yield View(view, start, end, via)


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """The span grown to whole words and a little more, since part of a name may stand beside the escape."""
    low, high = max(0, start - _CONTEXT), min(len(text), end + _CONTEXT)
    cut = text.find(" ", low, start)
    left = low if low == 0 else (start if cut < 0 else cut + 1)
    cut = text.rfind(" ", end, high)
    right = high if high == len(text) else (end if cut < 0 else cut)
    return left, right


def _tells(text: str, match: re.Match[str], plain: str) -> bool:
    """Whether the escape hides a letter or joins two words; a lone sign (&amp;, %2F) hides nothing."""
    if any(c.isalnum() for c in plain):
        return True
    between = match.start() > 0 and text[match.start() - 1].isalnum() and text[match.end() : match.end() + 1].isalnum()
    return between and (not plain or plain.isspace())


def _from_url(escape: str) -> str:
    return unquote_to_bytes(escape).decode("utf-8", "replace")


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 else "\ufffd"


def _paired(text: str) -> str:
    """Join surrogate pairs; a lone surrogate becomes a replacement sign."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _from_unicode(escape: str) -> str:
    out: list[str] = []
    single = True
    for match in _UNICODE_ONE.finditer(escape):
        if match[1]:
            try:
                out.append(str(b"\\N{" + match[1].encode() + b"}", "unicode_escape"))
            except UnicodeDecodeError:
                out.append("\ufffd")
            single = False
        else:
            single = single and len(match[2]) == 2
            out.append(_character(int(match[2], 16)))
    text = "".join(out)
    if single and not text.isascii():
        try:
            return text.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return text
    return _paired(text)


def _from_css(escape: str) -> str:
    return "".join(_character(int(code, 16)) for code in _CSS_ONE.findall(escape))


def _from_html(escape: str) -> str:
    return _paired(html.unescape(escape))


def _from_quoted(escape: str) -> str:
    octets = escape.replace("=\r\n", "").replace("=\n", "").replace("=", "")
    return bytes.fromhex(octets).decode("utf-8", "replace")


def _from_puny(host: str) -> str:
    try:
        return host[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return "\ufffd"
