"""Names told in parts in scripts that have no capitals: Han characters, Hangul, Arabic, Hebrew, Devanagari, others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expunge.screen.names.people.parts import Span, ToldName
from expunge.text.segment import LETTER

_CASELESS = re.compile("[\u0590-\u0dff\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_NEAR = 80
"""Characters before or after a word for a family in which its members are named."""
_NEAR_HANGUL = 24

_HAN = "\u4e00-\u9fff"
_KIN = (
    "長男|次男|三男|長女|次女|三女|娘|息子|妻|夫|兄|弟|姉|妹|子|"
    "女儿|儿子|女兒|兒子|妻子|丈夫|哥哥|弟弟|姐姐|妹妹|孩子|千金|公子"
)
_HAN_FAMILIES = (
    re.compile(
        rf"(?P<last>[{_HAN}]{{1,3}})家(?:の|的)?[^\s。！？、，,]{{0,6}}?(?:{_KIN})(?:[、，,\s]|である|の|叫|是){{0,3}}"
        rf"(?P<first>[{_HAN}]{{1,3}})"
    ),
    re.compile(
        rf"(?P<last>[{_HAN}]{{1,3}})家(?:の|的)?[^\s。！？]{{0,24}}?(?:名字|名前|名叫|名为|名は|叫做|叫|取名|という名の)(?:是|叫|は|を)?"
        rf"(?P<first>[{_HAN}]{{1,3}})"
    ),
    re.compile(
        rf"(?P<last>[{_HAN}]{{2,4}}?)[{_HAN}]{{0,2}}?(?:和|与|與|と|及)(?:他|她|その|彼の|彼女の)?的?"
        rf"(?:妻子?|丈夫|夫|妹妹?|姐姐|姉|弟弟?|哥哥|兄|女儿|儿子|娘|息子)の?[、，,]?(?P<first>[{_HAN}]{{1,2}})"
    ),
)
_HANGUL_FAMILY = re.compile(r"(?<![가-힣])(?P<last>[가-힣]{1,2}?)(?:씨)?[ \t]?(?:집안|가문|씨네|가족|네)의?(?![가-힣])")
_HANGUL_WORD = re.compile("[가-힣]{1,4}")
_WORD = re.compile(rf"[^\W\d_]{LETTER}*")
_LETTERS = "\u0590-\u08ff\u0900-\u0dff"
_TOKEN = rf"(?<![{_LETTERS}])[{_LETTERS}]+"
_AND = r"(?:(?:و|اور|और|एवं|तथा|व|ও|এবং|ਅਤੇ|અને|மற்றும்|ו)[ \t]+|[وו])"
_COORDINATED = re.compile(rf"(?P<first>{_TOKEN})[ \t]+{_AND}[{_LETTERS}]+[ \t]+(?P<last>{_TOKEN})")
_FAMILY_THEN_NAME = re.compile(
    rf"(?:لعائلة|عائلة|أسرة|لأسرة|آل|خانواده|خاندان|למשפחת|משפחת|בת|בן|परिवार की|परिवार के)[ \t]+(?P<last>{_TOKEN})"
)
_NAME_THEN_FAMILY = re.compile(rf"(?P<last>{_TOKEN})[ \t]+(?:परिवार|खानदान|घराने|পরিবার|कुटुंब|குடும்ப|కుటుంబ|خاندان)")


def names_without_capitals(text: str) -> Iterator[ToldName]:
    """Names whose parts are told of one family, in scripts that have no capitals, or no spaces."""
    if text.isascii() or _CASELESS.search(text) is None:
        return
    for pattern in _HAN_FAMILIES:
        for m in pattern.finditer(text):
            yield from _joined(m.span("last"), m.span("first"))
    for m in _HANGUL_FAMILY.finditer(text):
        for word in _HANGUL_WORD.finditer(text, m.end(), m.end() + _NEAR_HANGUL):
            yield from _joined(m.span("last"), word.span())
    for m in _COORDINATED.finditer(text):
        yield ToldName((m.span("first"), m.span("last")))
    for m in _NAME_THEN_FAMILY.finditer(text):
        for word in _WORD.finditer(text, m.end(), m.end() + _NEAR):
            yield ToldName((word.span(), m.span("last")))
    for m in _FAMILY_THEN_NAME.finditer(text):
        for word in _WORD.finditer(text, max(0, m.start() - _NEAR), m.start()):
            yield ToldName((word.span(), m.span("last")))


def _joined(last: Span, first: Span) -> Iterator[ToldName]:
    """A surname and a given name of which it is not known where they begin and end, in every way that they may."""
    for end in range(first[0] + 1, first[1] + 1):
        for begin in range(last[0], last[1]):
            yield ToldName(((begin, last[1]), (first[0], end)), spaced=False)
