"""A text as a person sees it: mark-up gone, entities resolved, cells and lines kept apart.

Names are written in bold, over two cells, behind a list marker or with colour codes between their letters, and are read
all the same. One pass over the marks of HTML, XML, Markdown, LaTeX, terminal colours and quoted mail makes the text
that is left when they are shown; it is compared beside the source, never in its place.

What is laid out is written as white space: a new line for what begins one, a tabulator between cells.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from functools import partial

from expunge.text.view import View

VIA = "rendered"
"""The `via` of a rendered text."""

_MARK = re.compile(
    r"[<&*`~\[\]{}\\\x1b\x9b\u241b\u00b2\u00b3\u00b9\u2070-\u2079\u2020\u2021]|!(?=\[)"
    r"|(?:^|(?<=[\n\r\u2028\u2029\x0b\x0c\x85]))[ \t]{0,40}(?=[>#+\-•‣◦▪▫–—|\d])"
    r"|-(?=\r?\n)|[\u00ad\u2010](?=\r?\n)"
)
"""Where a mark may begin; everything between is copied in one piece."""
_SIGN = re.compile(r"[<&*`~\[\]{}\\\x1b\x9b\u241b\u00b2\u00b3\u00b9\u2070-\u2079\u2020\u2021]")
_OPENING = re.compile(r"[ \t]{0,40}[>#]")
_BREAK = re.compile(r"[\n\r\u2028\u2029\x0b\x0c\x85]")
_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]{0,40})([^<>]{0,2000})>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_COLOUR = re.compile(
    r"(?:\x1b|\u241b|\\(?:033|x1[bB]|e|u001[bB]))"
    r"(?:\[[0-9;:?]{0,40}[ -/]?[@-~]|\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\|$)|[()][A-Z0-9])"
    r"|\x9b[0-9;:?]{0,40}[ -/]?[@-~]"
)
_FOOTNOTE = re.compile(
    r"\[(?:\^[^\[\]\s]{1,30}|\d{1,4}(?:[,–-]\s?\d{1,4}){0,4}|[a-z]|note \d{1,3}|citation needed)\](?!\()"
)
_LINK = re.compile(r"\](?:\([^()\n]{0,800}\)|\[[^\[\]\n]{0,100}\])")
_LINE_MARKS = re.compile(
    r"[ \t]*(?:>[ \t]*)*(?:(?:[-+*•‣◦▪▫–—]|#{1,6}|\(?\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)?(?:#{1,6}[ \t]+)?"
)
_UNDERLINE = re.compile(r"[ \t|:=+-]{3,}(?=[\r\n]|$)")
"""The line under a heading, or under the header of a table."""
_ESCAPED_BREAK = re.compile(r"\\(?:[nrtfv])(?=[^a-z]|$)")
_COMMAND = re.compile(r"\\(?:[A-Za-z]{1,30}\*?(?:\[[^\[\]\n]{0,100}\])?[ \t]?|[^\w\s])")
_ACCENT = re.compile(r"\\([\"'`^~=.uvHcdbrk])\s?(?:\{\\?([A-Za-z])\}|(?<=[\"'`^~=.])\\?([A-Za-z]))")
_ACCENTS = {
    '"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c", "H": "\u030b", "c": "\u0327", "d": "\u0323", "b": "\u0331", "r": "\u030a", "k": "\u0328",
}  # fmt: skip
_LETTERS = {"ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å",
            "AA": "Å", "i": "ı", "j": "ȷ"}  # fmt: skip
_SPACES = frozenset(
    ["\\,", "\\;", "\\:", "\\!", "\\ ", "\\quad", "\\qquad", "\\enspace", "\\thinspace", "\\and", "\\newline", "\\par",
     "\\linebreak", "\\\\", "\\hfill", "\\tab", "\\space"]
)  # fmt: skip
_FONTS_LIST = (
    "textbf textit textsc texttt textrm textsf textmd textup textsl textnormal emph underline uline mbox hbox bf "
    "it sc em tt rm sf sl bfseries itshape scshape tiny small large Large LARGE huge Huge normalsize uppercase "
    "MakeUppercase lowercase textcolor color text mathrm mathbf operatorname url href protect relax"
)
_FONTS = frozenset(_FONTS_LIST.split())
_INLINE_LIST = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb rbc ruby s samp "
    "small span strike strong sub sup time tt u var wbr"
)
_INLINE = frozenset(_INLINE_LIST.split())
_CELLS = frozenset(["td", "th", "dd", "dt", "option", "col"])
_HIDDEN = frozenset(["rt", "rp", "rtc", "script", "style", "template"])
"""Elements whose text is not read as part of the line: readings above characters, scripts, styles."""
_ALT = re.compile(
    r"\b(?:alt|title|aria-label|content|value|placeholder|label)\s*=\s*(?:\"([^\"]{1,500})\"|'([^']{1,500})')"
)
_MARKS_ABOVE = re.compile(r"(?:\d{1,3}|[*†‡§¶a-z]|\[\d{1,3}\])(?:,\d{1,3})*")
_LETTER = re.compile(r"[^\W\d_]")


def rendered(text: str) -> View | None:
    """The text as it is shown, with where each character came from; None if it holds no mark-up that matters."""
    if (
        _SIGN.search(text) is None
        and _OPENING.match(text) is None
        and (_BREAK.search(text) is None or _MARK.search(text) is None)
    ):
        return None
    page = _Page(text)
    page.render()
    shown = "".join(page.out)
    if shown == text:
        return None
    return View(shown, 0, len(text), VIA, offsets=partial(_places, page.out, page.starts, page.copied))


def _places(out: list[str], starts: list[int], copied: list[bool]) -> list[int]:
    places: list[int] = []
    for piece, start, moves in zip(out, starts, copied, strict=True):
        places += range(start, start + len(piece)) if moves else [start] * len(piece)
    return places


class _Page:
    """A text while it is rendered: what was written so far, piece by piece, and from where."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[str] = []
        self.starts: list[int] = []
        self.copied: list[bool] = []
        self._no_more: set[str] = set()
        self._closed = -1

    def write(self, piece: str, start: int, *, copied: bool = False) -> None:
        if piece:
            self.out.append(piece)
            self.starts.append(start)
            self.copied.append(copied)

    def render(self) -> None:
        text, at = self.text, 0
        while (mark := _MARK.search(text, at)) is not None:
            start = mark.start()
            self.write(text[at:start], at, copied=True)
            at = self._line_marks(start) if start == 0 or text[start - 1] in _BREAKS else start
            if at == start:
                at = _HANDLERS.get(text[start], _Page._sign)(self, start)
        self.write(text[at:], at, copied=True)

    def _line_marks(self, at: int) -> int:
        """Leave out what stands before a line's text: quotation marks of mail, bullets, numbers, heading signs."""
        under = _UNDERLINE.match(self.text, at)
        if under is not None and len(under.group().strip()) > 2:
            return under.end()
        marks = _LINE_MARKS.match(self.text, at)
        end = marks.end() if marks is not None else at
        # "42" may be all that a line says.
        return end if end > at and self.text[at:end].strip() else at

    def _tag(self, at: int) -> int:
        text = self.text
        if text.startswith("<!--", at):
            return self._until("-->", at)
        if text.startswith(("<!", "<?"), at):
            return self._until(">", at)
        tag = _TAG.match(text, at)
        if tag is None:
            return self._sign(at)
        closes, name, inside = tag[1] == "/", tag[2].lower(), tag[3]
        if name in _HIDDEN and not closes and not inside.endswith("/"):
            return self._until(f"</{tag[2]}>", at, otherwise=tag.end())
        if name == "sup" and not closes:
            end = text.find("</", tag.end(), tag.end() + 40)
            if end >= 0 and _MARKS_ABOVE.fullmatch(text[tag.end() : end].strip()):
                return end
        for said in _ALT.finditer(inside):
            group = 1 if said[1] is not None else 2
            base = tag.start(3)
            self.write("\n", at)
            self.write(said[group], base + said.start(group), copied=True)
            self.write("\n", at)
        # An element that ends right after one within it holds several: it is a row.
        row = closes and self._closed == at
        if name in _CELLS:
            self.write("\t", at)
        elif name not in _INLINE:
            self.write("\n" if row or name in _BLOCKS else "\t", at)
        self._closed = tag.end() if closes and name not in _INLINE else -1
        return tag.end()

    def _until(self, closing: str, at: int, *, otherwise: int | None = None) -> int:
        """Return the end of what opens at a place; if nothing closes it, later calls do not search again."""
        if closing not in self._no_more:
            end = self.text.find(closing, at)
            if end >= 0:
                return end + len(closing)
            self._no_more.add(closing)
        return self._sign(at) if otherwise is None else otherwise

    def _entity(self, at: int) -> int:
        entity = _ENTITY.match(self.text, at)
        if entity is None:
            return self._sign(at)
        self.write(html.unescape(entity.group()), at)
        return entity.end()

    def _emphasis(self, at: int) -> int:
        return at + 1

    def _bracket(self, at: int) -> int:
        note = _FOOTNOTE.match(self.text, at)
        if note is not None:
            return note.end()
        return (
            self._sign(at)
            if self.text.find("](", at, at + 200) < 0 and self.text.find("][", at, at + 200) < 0
            else at + 1
        )

    def _bang(self, at: int) -> int:
        return at + 1 if self.text.startswith("[", at + 1) else self._sign(at)

    def _closing(self, at: int) -> int:
        link = _LINK.match(self.text, at)
        return self._sign(at) if link is None else link.end()

    def _brace(self, at: int) -> int:
        before, after = self.text[at - 1 : at], self.text[at + 1 : at + 2]
        if _LETTER.match(before) or _LETTER.match(after) or before == "}" or after in ("{", "\\"):
            return at + 1
        return self._sign(at)

    def _backslash(self, at: int) -> int:
        text = self.text
        if (colour := _COLOUR.match(text, at)) is not None:
            return colour.end()
        if (accent := _ACCENT.match(text, at)) is not None:
            letter = accent[2] or accent[3]
            self.write(unicodedata.normalize("NFC", letter + _ACCENTS[accent[1]]), at)
            return accent.end()
        if (line_break := _ESCAPED_BREAK.match(text, at)) is not None:
            self.write("\n", at)
            return line_break.end()
        command = _COMMAND.match(text, at)
        if command is None:
            return at + 1 if text[at + 1 : at + 2] in _BREAKS else self._sign(at)
        said = command.group()
        if (letter := _LETTERS.get(said[1:].rstrip())) is not None:
            self.write(letter, at)
        elif said.rstrip() in _SPACES:
            self.write(" ", at)
        elif not said[1].isalpha():
            self.write(said[1:], at)  # an escaped sign stands for itself
        elif said[1:].rstrip() not in _FONTS:
            self.write("\n", at)
        return command.end()

    def _escape(self, at: int) -> int:
        colour = _COLOUR.match(self.text, at)
        return at + 1 if colour is None else colour.end()

    def _above(self, at: int) -> int:
        """A raised number or a dagger: a note's mark."""
        return at + 1

    def _hyphen(self, at: int) -> int:
        """A word that goes on in the next line, if it does so in a small letter."""
        end = at + 1
        while end < len(self.text) and end - at < 60 and self.text[end] in " \t\r\n>":
            end += 1
        goes_on = at > 0 and self.text[at - 1].isalpha() and self.text[end : end + 1].islower()
        return end if goes_on else self._sign(at)

    def _sign(self, at: int) -> int:
        self.write(self.text[at], at, copied=True)
        return at + 1


_BREAKS = "\n\r\u2028\u2029\x0b\x0c\x85"
_BLOCKS_LIST = (
    "address article aside blockquote body br caption center details dialog div dl fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 head header hr html img input legend li main meta nav ol p pre section select "
    "summary table tbody tfoot thead title tr ul"
)
_BLOCKS = frozenset(_BLOCKS_LIST.split())
_HANDLERS: dict[str, Callable[[_Page, int], int]] = {
    "<": _Page._tag,
    "&": _Page._entity,
    "*": _Page._emphasis,
    "`": _Page._emphasis,
    "~": _Page._emphasis,
    "[": _Page._bracket,
    "]": _Page._closing,
    "!": _Page._bang,
    "{": _Page._brace,
    "}": _Page._brace,
    "\\": _Page._backslash,
    "\x1b": _Page._escape,
    "\x9b": _Page._escape,
    "\u241b": _Page._escape,
    "-": _Page._hyphen,
    "\u00ad": _Page._hyphen,
    "\u2010": _Page._hyphen,
    **dict.fromkeys("\u00b2\u00b3\u00b9\u2020\u2021", _Page._above),
    **dict.fromkeys(map(chr, range(0x2070, 0x207A)), _Page._above),
}
