"""Names written without spaces between their parts, in Han characters or Hangul.

Chinese and Korean names by how they are read, foreign ones by sound, Japanese family names by a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, product

from expunge.screen.scripts import Heard, Piece
from expunge.screen.sightings import Reading

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


def names_in_han(reading: Reading) -> Iterator[Heard]:
    """What may be names among the Han characters of a text."""
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
