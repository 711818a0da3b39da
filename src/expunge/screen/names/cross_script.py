"""Names written in another script than the target's: found by the sounds they may stand for, measured by alignment."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from expunge.screen.matches import Match, TokenizedText
from expunge.screen.names.patterns import FILLERS, patterns_of, sound_codes
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, is_kana_word, zipf
from expunge.text.transliterate import Script, letters_for, likeness, script_of, similarity, stems
from expunge.types import EvidenceKind, Strength, Target

LIKELY = 0.87
"""Mean likeness of its parts from which a name in another script is taken for the target's."""
_HINT = 0.80
_FEW = 3
"""Names to be measured against which chance needs no thought."""
_LARGE = 20_000
"""Names registered of which the same holds."""
_PER_TENFOLD = 0.02
"""How much more alike a name must be for each tenfold of those registered: the best of many is near to anything."""
_PER_TENFOLD_OF_RIVALS = 0.01
"""The same for each tenfold of those that it is measured against."""
_WORDS = 3.5
"""Zipf frequency from which two words in a row of a script without capitals are hardly a name ..."""
_OF_WORDS = 0.05
"""... and how much more alike they must be, where there are many names."""
_STANDS_OUT = 0.03
"""How much more alike than all others a name is that is meant by itself."""
_SAME = 0.8
"""Similarity of two registered names from which a third writing may well mean either."""
_RUN_TOGETHER = 0.05
"""What it costs that the parts of a name are not told apart, or not as many."""
_PART = 0.84
"""Likeness from which a word is a part of the name of somebody whom the conversation is known to be about."""
_PINYIN = 0.92
_SURE_PINYIN = 3
"""Syllables from which a Chinese name is taken for the target's: shorter ones are found in any text."""
_EACH = 0.62
"""Likeness that each part must have."""
_MOVED = 0.05
"""What another order of the parts costs: nearly any two short names are alike in some order."""
_NAMELIKE = 4.0
"""Zipf frequency under which a capitalised word beside a name belongs to it."""
_PERSONAL = 5.0
"""The same where only whether anybody is named matters: first names are common words."""
_REACH = 3
"""How many pieces apart two parts of a name may stand."""
_COMMON = 4.5
"""Zipf frequency from which a word of a script without capitals is an everyday one."""
_SHORTEST_RUN = 6
"""Kana that a first and a last name written as one word have at least."""
_LONGEST_PART = 7
"""Kana of a part of such a name that is tried."""
_LONGEST_PIECE = 120
"""Letters from which a word is no part of a name."""
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]+")
_PARTICLES_LIST = (
    "аль эль ан ибн бин бен де да ди ван фон ла ле дер अल इब्न बिन बेन डे डी दा वैन वॉन بن ابن دي دو دا فان فون"
)
_PARTICLES = frozenset(_PARTICLES_LIST.split())
"""What stands between the parts of a name in scripts of which each word is weighed."""
_QUOTED = re.compile('«[^«»]*+»|「[^「」]*+」|『[^『』]*+』|“[^“”]*+”|„[^„“]*+“|"[^"]*+"')
_JOINTS = " \n-‐‑–·・･＝=•'’()（）\u00a0\u3000"
_FILED = re.compile(r"\s?[,،、，]\s?")
"""What stands between a family name and a given one in a list."""
_CASED = frozenset({Script.LATIN, Script.CYRILLIC, Script.GREEK})
_UNSPACED = frozenset({Script.KANA, Script.HAN})
_LISTED = frozenset({Script.ABJAD, Script.INDIC})
"""Scripts without capitals of whose words the frequencies are known."""
_UNLISTED = 2.5
"""Zipf frequency under which two such words in a row are taken for a name."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A token that may be a part of a name: NFC, folded, with its place in the source."""

    text: str
    start: int
    end: int
    named: bool
    """Whether it looks like a name by itself: capitalised, or rare in a script without capitals."""

    @property
    def script(self) -> Script:
        """The script of the piece."""
        return script_of(self.text)


@dataclass(frozen=True, slots=True)
class Heard:
    """Pieces in a row that may be a name, and the pairs among them by which it is looked up.

    A name stands somewhere in `pieces`; where `first` and `last` differ from its ends, it holds these two at least.
    """

    pieces: tuple[Piece, ...]
    first: int
    last: int
    pairs: tuple[tuple[str, str], ...]
    by_pinyin: bool = False
    """Whether the pieces are single Han characters, which must be read just as the name is spelt."""
    filed: bool = False
    """Whether a comma stands between the two pieces, so that the family name must be the first."""

    @property
    def start(self) -> int:
        """The start of the looked up pieces in the source."""
        return self.pieces[self.first].start

    @property
    def end(self) -> int:
        """Their end in the source."""
        return self.pieces[self.last].end

    def may_be_spelt(self, held: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return which pairs of parts (`letters`, 64 bits) hold at most one letter that the pieces do not explain."""
        allowed = 0
        for piece in self.pieces[self.first : self.last + 1]:
            allowed |= letters_for(piece.text)
        unheard = ~np.uint64(allowed << 32 | allowed)
        fits: NDArray[np.bool_] = np.bitwise_count(held & unheard & np.uint64(0x03FFFFFF03FFFFFF)) <= 1
        return fits


def keys_of(left: str, right: str) -> NDArray[np.uint64]:
    """The pair codes (see `patterns.pair_code`) of all spellings that two parts may stand for."""
    a, b = _codes(left)[:, None], _codes(right)[None, :]
    keys: NDArray[np.uint64] = (np.minimum(a, b) << np.uint64(32) | np.maximum(a, b)).ravel()
    return keys


@lru_cache(maxsize=50_000)
def _codes(token: str) -> NDArray[np.uint64]:
    return np.array(sound_codes(token), dtype=np.uint64)


def pieces_of(reading: TokenizedText) -> Iterator[list[Piece]]:
    """The runs of neighbouring tokens of a text in which a name may stand, Latin tokens among them."""
    run: list[Piece] = []
    spans, source = reading.spans, reading.source
    cased = reading.capitals
    for token in spans:
        script = script_of(token.text[:1])
        if len(token.text) > _LONGEST_PIECE and script not in _UNSPACED:
            if run:
                yield run
                run = []
            continue
        if run and not _joined(source[run[-1].end : token.start]):
            yield run
            run = []
        if script in _UNSPACED:
            at = token.start
            for found in _KATAKANA.finditer(source, token.start, token.end):
                if found.end() - found.start() > _LONGEST_PIECE:
                    continue
                if run and found.start() > at:
                    yield run
                    run = []
                run.append(Piece(found.group(), found.start(), found.end(), True))
                at = found.end()
            if run and at < token.end:
                yield run
                run = []
            continue
        text = unicodedata.normalize("NFC", token.text)
        if script in _CASED and cased:
            named = source[token.start].isupper()
        else:
            named = zipf(token.text) < _COMMON
        run.append(Piece(text, token.start, token.end, named))
    if run:
        yield run


def _joined(gap: str) -> bool:
    return len(gap) <= 3 and all(c in _JOINTS for c in gap)


def names_heard(reading: TokenizedText) -> Iterator[Heard]:
    """Yield what may be names in a text, as far as pieces of it are in another script than Latin."""
    before: list[Piece] = []
    for run in pieces_of(reading):
        if before and _FILED.fullmatch(reading.source, before[-1].end, run[0].start) and _may_be_filed(before, run):
            yield Heard((before[-1], run[0]), 0, 1, ((before[-1].text, run[0].text),), filed=True)
        before = run
        pieces = tuple(run)
        if any(piece.script is Script.KANA for piece in pieces):
            yield from _in_kana(pieces)
            continue
        for first in range(len(pieces)):
            for last in range(first + 1, min(first + _REACH + 1, len(pieces))):
                ends = pieces[first], pieces[last]
                if all(p.script is Script.LATIN for p in ends) or not any(p.named for p in ends):
                    continue
                if all(p.named or zipf(p.text) < GLUE for p in ends):
                    yield Heard(pieces, first, last, ((ends[0].text, ends[1].text),))


def _may_be_filed(before: Sequence[Piece], after: Sequence[Piece]) -> bool:
    """Whether what stands on both sides of a comma may be one name, and is no part of a longer one."""
    family, given = before[-1], after[0]
    if not (family.named and given.named) or Script.LATIN in (family.script, given.script):
        return False
    return not any(_is_namelike(piece) for piece in (*before[-2:-1], *after[1:2]))


def _in_kana(pieces: tuple[Piece, ...]) -> Iterator[Heard]:
    """Kana names have a dot between their parts or none: "マコト・ハヤシ", "マコトハヤシ"."""
    for first in range(len(pieces)):
        for last in range(first + 1, min(first + _REACH + 1, len(pieces))):
            yield Heard(pieces, first, last, ((pieces[first].text, pieces[last].text),))
    for index, piece in enumerate(pieces):
        splits = tuple(_splits(piece.text)) if _may_be_two(piece) else ()
        if splits:
            yield Heard(pieces, index, index, splits)


def _may_be_two(piece: Piece) -> bool:
    """Whether a run of kana may be a first and a last name."""
    return piece.script is Script.KANA and len(piece.text) >= _SHORTEST_RUN and not is_kana_word(piece.text)


def _splits(run: str) -> Iterator[tuple[str, str]]:
    """The two parts with which a run of kana may begin."""
    for middle in range(1, min(_LONGEST_PART, len(run) - 1) + 1):
        for end in range(middle + 1, min(middle + _LONGEST_PART, len(run)) + 1):
            if run[middle] not in "ーッャュョァィゥェォン" and (
                end == len(run) or run[end] not in "ーャュョァィゥェォ"
            ):
                yield run[:middle], run[middle:end]


def bar(rivals: int, registered: int, tenfold: float = _PER_TENFOLD_OF_RIVALS) -> float:
    """Return how much more alike a name must be where so many of `registered` come into question."""
    many = _PER_TENFOLD * math.log10(max(registered, _LARGE) / _LARGE)
    return many + tenfold * math.log10(max(rivals, _FEW) / _FEW)


def bar_for(heard: Heard, rivals: int, registered: int) -> float:
    """The same for pieces in another script, of which two that are words of the language are hardly a name."""
    raised = bar(rivals, registered)
    ends = heard.pieces[heard.first], heard.pieces[heard.last]
    if raised and all(p.script in _LISTED and max(map(zipf, stems(p.text))) >= _WORDS for p in ends):
        raised += _OF_WORDS
    return raised


def standing_out(found: Sequence[Match], targets: Sequence[Target]) -> Sequence[Match]:
    """The sightings at one place; of very many names, those that do not stand out from unlike ones are hints."""
    likely = [s for s in found if s.strength > Strength.HINT]
    if len(targets) <= _LARGE or len(likely) < 2:
        return found
    best = max(likely, key=lambda s: s.score)
    near = [s for s in likely if s.score > best.score - _STANDS_OUT]
    name = fold(targets[best.target].name)
    alone = all(similarity(fold(targets[s.target].name), name) >= _SAME for s in near)
    kept = {id(s) for s in near} if alone else set()
    return [s if id(s) in kept else replace(s, strength=Strength.HINT) for s in found]


def sighting_of(heard: Heard, target: Target, owner: int, raised: float = 0.0) -> Match | None:
    """The best sighting of a target's name among the pieces that were heard, if it is alike enough.

    `raised` is how much more alike than otherwise (see `bar`).
    """
    best: tuple[float, int, int] = (0.0, 0, 0)
    for pattern in patterns_of(target):
        if heard.filed:
            if len(pattern.tokens) == 2:
                best = max(best, (_filed_as(heard, pattern.tokens), 0, 1))
            continue
        if len(pattern.tokens) > 1 and (heard.last > heard.first or not heard.by_pinyin):
            best = max(best, _measured(heard, pattern.tokens))
    score, first, last = best
    if score < (_PINYIN if heard.by_pinyin else _HINT + raised):
        return None
    if heard.by_pinyin and len(heard.pieces) < _SURE_PINYIN:
        score = min(score, _HINT)
    strength = Strength.LIKELY if score >= LIKELY + raised else Strength.HINT
    start, end = heard.pieces[first].start, heard.pieces[last].end
    return Match(owner, EvidenceKind.TRANSLITERATION, strength, start, end, "", round(score, 3))


def _filed_as(heard: Heard, parts: tuple[str, ...]) -> float:
    """Return how well "Surname, Given" fits a name; where one part hardly does, two people of a list may be meant."""
    each = [alike(piece.text, part) for piece, part in zip(heard.pieces[::-1], parts, strict=True)]
    if min(each) < _HINT:
        return min(each)
    sizes = [len(part) for part in parts]
    return sum(e * n for e, n in zip(each, sizes, strict=True)) / sum(sizes)


def _measured(heard: Heard, parts: tuple[str, ...]) -> tuple[float, int, int]:
    """The best likeness of a name to a window of the pieces, and the window."""
    pieces = heard.pieces
    best = (0.0, heard.first, heard.last)
    for size in range(max(1, heard.last - heard.first + 1), len(parts) + 2):
        for first in range(max(0, heard.last - size + 1), heard.first + 1):
            last = first + size - 1
            if last >= len(pieces):
                continue
            window = pieces[first : last + 1]
            if 2 * sum(p.named for p in window) < size or all(p.script is Script.LATIN for p in window):
                continue
            score = resemblance([p.text for p in window], parts, moving=0.0 if heard.by_pinyin else _MOVED)
            if len(parts) == 2 and score >= _HINT and _goes_on(pieces, first, last):
                score = min(score, _HINT)  # two parts of three are likely to be somebody else's
            best = max(best, (score, first, last))
    return best


def _goes_on(pieces: Sequence[Piece], first: int, last: int) -> bool:
    """Whether another piece beside a window makes a longer name of it."""
    if pieces[first].script not in _CASED and pieces[first].script is not Script.KANA:
        return False
    beside = [pieces[at] for at in (first - 1, last + 1) if 0 <= at < len(pieces)]
    return any(p.named and len(p.text) > 1 and p.text not in FILLERS and zipf(p.text) < _NAMELIKE for p in beside)


def resemblance(words: Sequence[str], parts: tuple[str, ...], *, moving: float = _MOVED) -> float:
    """Return how well folded words fit a name's parts, 0..1, less `moving` if the family name is at the other end."""
    best = 0.0
    for ordered in dict.fromkeys((parts, parts[1:] + parts[:1], parts[-1:] + parts[:-1])):
        moved = 0.0 if ordered == parts else moving
        if len(words) == len(parts):
            each = [alike(word, part) for word, part in zip(words, ordered, strict=True)]
            if min(each) >= _EACH:
                sizes = [len(part) for part in ordered]
                best = max(best, sum(e * n for e, n in zip(each, sizes, strict=True)) / sum(sizes) - moved)
        elif len(words) == 1 or all(script_of(word) is not Script.LATIN for word in words):
            best = max(best, likeness("".join(words), "".join(ordered)) - moved - _RUN_TOGETHER)
    return best


def alike(word: str, part: str) -> float:
    """Return how well a folded word fits a folded name part, in whatever scripts the two are."""
    if word == part:
        return 1.0
    latin = script_of(word) is Script.LATIN, script_of(part) is Script.LATIN
    if latin == (True, True):
        return similarity(word, part)
    if latin == (True, False):
        return likeness(part, word)
    return likeness(word, part) if latin[1] else 0.0


def parts_heard(reading: TokenizedText, parts: frozenset[str]) -> Iterator[Piece]:
    """The pieces of a text that are one of the parts of a name, in another script, and stand in no other name."""
    for run in pieces_of(reading):
        own = [_is_part(piece, parts) for piece in run]
        for at, piece in enumerate(run):
            others = [run[i] for i in (at - 1, at + 1) if 0 <= i < len(run) and not own[i]]
            if own[at] and not any(p.named and zipf(p.text) < _NAMELIKE and len(p.text) > 1 for p in others):
                yield piece


def _is_part(piece: Piece, parts: frozenset[str]) -> bool:
    if not piece.named or len(piece.text) < 2:
        return False
    return any((piece.script is Script.LATIN) != part.isascii() and alike(piece.text, part) >= _PART for part in parts)


def names_in(text: str) -> list[tuple[str, ...]]:
    """The names of people that a text in another script than Latin seems to hold, each as its folded parts.

    Two capitalised words in a row that are no everyday words, or kana with a dot between them. Titles in quotation
    marks are left out.
    """
    found = []
    for run in pieces_of(TokenizedText(_QUOTED.sub(lambda m: " " * len(m.group()), text))):
        names: list[str] = []
        for piece in (*run, None):
            if names and piece is not None and piece.text in _PARTICLES:
                continue
            if piece is not None and piece.named and (piece.script is Script.KANA or _is_namelike(piece)):
                names.append(piece.text)
                continue
            if len(names) > 1 and any(script_of(name) is not Script.LATIN for name in names):
                found.append(tuple(names))
            names = []
    return found


def _is_namelike(piece: Piece) -> bool:
    if piece.script in _CASED:
        return len(piece.text) > 1 and zipf(piece.text) < _PERSONAL
    return piece.script in _LISTED and max(map(zipf, stems(piece.text))) < _UNLISTED


_HAN = re.compile("[\u4e00-\u9fff]{2,}")
_DOTTED = re.compile("(?<![\u4e00-\u9fff])[\u4e00-\u9fff]++(?:[·•・‧][\u4e00-\u9fff]++)++")
_DOT = re.compile("[·•・‧]")
_FAMILY = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖萧田董袁潘蒋蔡余杜叶程苏魏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏傅方邹熊白孟秦邱侯江尹薛阎段雷龙黎史陶贺顾毛郝龚邵万覃武钱戴严莫孔向常張劉陳楊黃趙吳孫馬鄭謝許韓鄧馮"
    "蕭蔣蘇呂盧鍾譚陸範賈鄒閻龍賀顧龔萬錢嚴"
)
"""Chinese family names of one character: about nine in ten people bear one of them."""
_HANGUL = re.compile("(?<![가-힣])[가-힣]{3,7}")
_KOREAN = frozenset(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구나민류"
    "진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
)
"""Korean family names, which stand before a given name of two syllables without a space."""
_LONGEST_OUTER = 6
"""Characters of the first or last part of a dotted name that are tried, where no edge tells where it begins or ends."""
_MOST_PARTS = 8
"""Parts of a dotted name; what has more is a row of names, of which neighbours are tried."""
_JAPANESE_LIST = """
    佐藤=sato 鈴木=suzuki 高橋=takahashi 田中=tanaka 伊藤=ito 渡辺=watanabe
    渡邊=watanabe 山本=yamamoto 中村=nakamura 小林=kobayashi 加藤=kato 吉田=yoshida
    山田=yamada 佐々木=sasaki 山口=yamaguchi 松本=matsumoto 井上=inoue 木村=kimura
    斎藤=saito 斉藤=saito 齋藤=saito 清水=shimizu 山崎=yamazaki 池田=ikeda
    橋本=hashimoto 阿部=abe 石川=ishikawa 山下=yamashita 中島=nakajima 石井=ishii
    小川=ogawa 前田=maeda 岡田=okada 長谷川=hasegawa 藤田=fujita 後藤=goto
    近藤=kondo 村上=murakami 遠藤=endo 青木=aoki 坂本=sakamoto 福田=fukuda
    太田=ota 西村=nishimura 藤井=fujii 岡本=okamoto 藤原=fujiwara 三浦=miura
    金子=kaneko 中野=nakano 中山=nakayama 原田=harada 松田=matsuda 竹内=takeuchi
    小野=ono 田村=tamura 中川=nakagawa 和田=wada 石田=ishida 森田=morita
    上田=ueda 柴田=shibata 酒井=sakai 宮崎=miyazaki 横山=yokoyama 高木=takagi
    安藤=ando 宮本=miyamoto 大野=ono 小島=kojima 谷口=taniguchi 今井=imai
    工藤=kudo 増田=masuda 丸山=maruyama 杉山=sugiyama 村田=murata 大塚=otsuka
    新井=arai 平野=hirano 藤本=fujimoto 河野=kono 上野=ueno 野口=noguchi
    武田=takeda 松井=matsui 千葉=chiba 菅原=sugawara 岩崎=iwasaki 久保=kubo
    木下=kinoshita 佐野=sano 野村=nomura 松尾=matsuo 市川=ichikawa 菊地=kikuchi
    菊池=kikuchi 杉本=sugimoto 古川=furukawa 大西=onishi 島田=shimada 水野=mizuno
    桜井=sakurai 高野=takano 吉川=yoshikawa 山内=yamauchi 西田=nishida 飯田=iida
    西川=nishikawa 小松=komatsu 北村=kitamura 安田=yasuda 五十嵐=igarashi 川口=kawaguchi
    平田=hirata 中田=nakata 東野=higashino 吉村=yoshimura 矢野=yano 本田=honda
    松岡=matsuoka 黒田=kuroda 黒澤=kurosawa 宮沢=miyazawa
"""
_JAPANESE = dict(pair.split("=") for pair in _JAPANESE_LIST.split())
"""The commonest Japanese family names of two or three characters, as they are read."""
_JAPANESE_NAME = re.compile("|".join(sorted(_JAPANESE, key=len, reverse=True)))


def names_in_han(reading: TokenizedText) -> Iterator[Heard]:
    """Yield what may be names among the Han characters of a text."""
    source = reading.source
    for run in _HAN.finditer(source):
        for at in range(run.start(), run.end() - 1):
            if source[at] in _FAMILY:
                pieces = tuple(_piece(source, i, i + 1) for i in range(at, min(at + 4, run.end())))
                for length in range(2, len(pieces) + 1):
                    yield Heard(pieces[:length], 0, length - 1, _pairs(pieces[:length]), by_pinyin=True)
    for run in _HANGUL.finditer(source):
        if source[run.start()] in _KOREAN:
            pieces = tuple(_piece(source, i, i + 1) for i in range(run.start(), run.start() + 3))
            yield Heard(pieces, 0, 2, _pairs(pieces), by_pinyin=True)
    for dotted in _DOTTED.finditer(source):
        yield from _dotted(source, dotted.start(), dotted.end())


def _pairs(pieces: tuple[Piece, ...]) -> tuple[tuple[str, str], ...]:
    """A family name with a given name of one part or of two, in a row or together."""
    family, *given = (piece.text for piece in pieces)
    return ((family, given[0]), (family, "".join(given)), *((a, b) for a, b in pairwise(given)))


def _dotted(source: str, start: int, end: int) -> Iterator[Heard]:
    """A foreign name: its inner parts stand between dots, the outer ones in running text."""
    edges = [start, *(dot.start() for dot in _DOT.finditer(source, start, end)), end]
    if len(edges) > _MOST_PARTS + 1:
        row = [_piece(source, a if a == start else a + 1, b) for a, b in pairwise(edges)]
        for at in range(len(row) - 1):
            for size in (2, 3):
                pieces = tuple(row[at : at + size])
                if len(pieces) == size:
                    yield Heard(pieces, 0, size - 1, tuple((a.text, b.text) for a, b in pairwise(pieces)))
        return
    first, last = edges[1], edges[-2] + 1
    inner = [_piece(source, a + 1, b) for a, b in pairwise(edges[1:-1])]
    for before, after in product(
        range(max(start, first - _LONGEST_OUTER), first), range(last + 1, min(end, last + _LONGEST_OUTER) + 1)
    ):
        pieces = (_piece(source, before, first), *inner, _piece(source, last, after))
        pairs = tuple((a.text, b.text) for a, b in pairwise(pieces))
        yield Heard(pieces, 0, len(pieces) - 1, pairs)


def _piece(source: str, start: int, end: int) -> Piece:
    return Piece(source[start:end], start, end, True)


def japanese_family_names(text: str) -> Iterator[tuple[str, int, int]]:
    """The common Japanese family names in a text, in Latin letters, with their places."""
    for found in _JAPANESE_NAME.finditer(text):
        yield _JAPANESE[found.group()], found.start(), found.end()
