"""Measures of one answer and of many, as pure functions (`docs/design.md`, section 7)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from math import ceil, comb, sqrt

_FUNCTION_WORDS = {
    "fr": """
    a afin ai aie ainsi alors apres as au aucun aucune aussi autre autres aux avait avant avec avez avoir avons c car ce
    ceci cela celle celles celui ces cet cette ceux chaque chez comme comment d dans de depuis des donc dont du elle
    elles en encore entre es est et etait etaient etant ete etes etre eu eux fut furent il ils j je jusqu jusque l la
    laquelle le lequel les lesquels leur leurs lors lorsque lui m ma mais me meme memes mes moi mon n ne ni non nos
    notre nous on ont ou oui par parce pas pendant peu peut plus plusieurs pour pourquoi puis qu quand que quel quelle
    quelles quels quelque quelques qui quoi s sa sans se sera ses si sien sienne soi soit son sont sous souvent suis sur
    t ta tandis te tels tes toi ton tous tout toute toutes tres tu un une vers voici voila vos votre vous y
    """,
    "de": """
    aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bist da dabei
    dadurch dafur damit dann daran darauf das dass davon dazu dein deine dem den denn der deren des dessen die dies
    diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas euch fur gegen
    gewesen hab habe haben hat hatte hatten hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja
    jede jedem jeden jeder jedes jedoch kann kein keine keinen konnen konnte man mein meine mich mir mit muss nach nein
    nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seit selbst sich sie sind so sowie
    sowohl uber um und uns unser unter viel vom von vor war waren warum was weil welche welchem welchen welcher welches
    wenn wer werden wie wieder wir wird wo wurde wurden zu zum zur zwischen
    """,
    "es": """
    a al algo algun alguna algunas alguno algunos ante antes aquel aquella asi aun aunque cada como con cual cuales
    cuando de del desde donde durante e el ella ellas ellos en entre era eran es esa esas ese eso esos esta estaba
    estaban estado estan estar estas este esto estos fue fueron ha habia han has hasta hay he la las le les lo los mas
    me mi mis mismo mucho muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por
    porque pues que quien quienes se sea segun ser si sido siendo sin sino sobre solo son su sus suya suyo tambien
    tampoco tan tanto te tenia tiene tienen ti toda todas todo todos tu tus u un una unas uno unos usted ustedes y ya yo
    """,
    "ru": """
    а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для до его ее ей ему если
    есть еще ею же за здесь и из или им ими их к как какая какие каким каких какой какова каковы каком когда который
    которая которое которые которого которой котором которому которую которым которыми которых кто куда ли либо лишь
    между меня мне много может можете можно мой мои моя моего мы на над нам нас наш не него нее ней нем нет ни них но ну
    о об один однако он она они оно от очень по под после потому почему при про с сам сама сами само свое своего своей
    своем своему свои своим своими своих свой свою своя себе себя со так также такая такие такой там те тем то того тоже
    той только том тому тот ту ты у уже хотя чего чей чем что чтобы чье эта эти этим этих это этого этой этом этому этот
    эту я является являются
    """,
    "ja": """
    から まで より など ので のに です ます でし まし した して しま せん する され れた
    れて れる いる いま いた いて ある あり あっ った って てい たち には にお おい いて
    では でも とし とい いう いい この その あの どの これ それ こと もの ため よう うな
    うに ない なく なり なっ なる ので また および よび だけ ほど かつ しか かし さら らに
    よっ によ につ つい ても たり られ させ せる さん どう んな なに いく くつ だっ であ
    のか すか たか るか との とに との をし をす もに とも ほか のよ はど どこ こで
    """,
}
"""Function words of languages besides English: they carry no fact. As one reads them; Japanese by pairs of letters."""

_UNSPACED = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\U00020000-\U0003ffff]+"
)
"""Runs in scripts without spaces: Han, Hiragana, Katakana, Thai, Lao, Burmese, Khmer."""
_INNER_MARKS = frozenset({0, 7, 8, 9})
"""Combining classes of marks that are no accents: vowel signs, and what tells \u304b from \u304c."""
_Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
_SAME_FRAME = 0.4
"""Share of words in common under which a "perturbed" answer is another sentence altogether, so that
the words in which it differs say nothing about where the fact stands."""


def words(text: str) -> list[str]:
    """The word tokens of a text in order: runs of letters and digits, casefolded, accents removed.

    Runs in a script that puts no spaces between words (Han, kana, Thai, Lao, Khmer, Burmese) are given as their
    overlapping pairs of characters, a single character as itself.
    """
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = (c for c in unicodedata.normalize("NFKD", folded) if unicodedata.combining(c) in _INNER_MARKS)
    joined = unicodedata.normalize("NFC", "".join(c if c.isalnum() or _is_vowel_sign(c) else " " for c in plain))
    if joined.isascii():
        return joined.split()
    return [word for token in joined.split() for word in _pairs(token)]


def _is_vowel_sign(char: str) -> bool:
    return ("\u0900" <= char <= "\u1cff" or char in "\u3099\u309a") and unicodedata.category(char)[0] == "M"


def _pairs(token: str) -> Iterator[str]:
    """A token's words: the pairs of its characters where it is in a script without spaces, the rest as it stands."""
    at = 0
    for run in _UNSPACED.finditer(token):
        if run.start() > at:
            yield token[at : run.start()]
        characters = run.group()
        yield from map("".join, pairwise(characters)) if len(characters) > 1 else (characters,)
        at = run.end()
    if at < len(token):
        yield token[at:]


STOP_WORDS = frozenset(
    words(
        """
    a about above after again against all also am an and any are aren as at be because been before being below
    between both but by can cannot could couldn d did didn do does doesn doing don down during each few for from
    further had hadn has hasn have haven having he her here hers herself him himself his how however i if in into
    is isn it its itself ll m many may me might more most much must my myself no nor not now of off often on once
    one only or other our ours ourselves out over own quite rather re s same shall she should shouldn since so
    some such t than that the their theirs them themselves then there these they this those through to too under
    until up upon us ve very was wasn we were weren what when where whether which while who whom whose why will
    with within without won would wouldn yes yet you your yours yourself yourselves
    """
    )
)
"""English words that carry no fact."""
_OTHERS = {code: frozenset(words(text)) for code, text in _FUNCTION_WORDS.items()}


def _stop_words(tokens: Sequence[str]) -> frozenset[str]:
    """The words among `tokens`, or in English, that carry no fact in the language which the tokens are in.

    Languages share forms ("die", "son"), so another language than English must have more of the tokens.
    """
    shares = {code: sum(token in listed for token in tokens) for code, listed in _OTHERS.items()}
    best = max(shares, key=lambda code: shares[code])
    if shares[best] <= sum(token in STOP_WORDS for token in tokens):
        return STOP_WORDS
    return STOP_WORDS | _OTHERS[best]


def content_words(text: str, beside: str = "") -> frozenset[str]:
    """The words of a text that are not stop words of its language; `beside` helps to tell which that is."""
    tokens = words(text)
    return frozenset(tokens) - _stop_words([*tokens, *words(beside)])


def fact_spans(gold: str, perturbed: Sequence[str], question: str = "") -> tuple[str, ...]:
    """The spans of `gold` in which it differs from every perturbed answer: where the fact stands.

    `perturbed` are rewordings of `gold` with another fact in the same frame; those with another frame are
    left out. A span is a run of words that no perturbed answer has in that place, bridged over stop words;
    it counts if one of its content words is neither in the question nor in any perturbed answer.

    Returns:
        Spans as words joined by single spaces, normalised as `words` does.
    """
    tokens = words(gold)
    frames = [matcher for matcher in (_match(tokens, words(other)) for other in perturbed) if matcher is not None]
    if not frames:
        return ()
    kept: set[int] = set()
    for matcher in frames:
        for block in matcher.get_matching_blocks():
            kept.update(range(block.a, block.a + block.size))
    known = set(words(question)).union(*(words(other) for other in perturbed))
    spans: list[str] = []
    run: list[str] = []
    for position, token in enumerate([*tokens, ""]):
        if token and (position not in kept or (run and token in STOP_WORDS)):
            run.append(token)
            continue
        span = _trimmed(run)
        if any(word not in known and word not in STOP_WORDS for word in span):
            spans.append(" ".join(span))
        run = []
    return tuple(dict.fromkeys(spans))


def _match(tokens: list[str], other: list[str]) -> SequenceMatcher[str] | None:
    matcher = SequenceMatcher(None, tokens, other, autojunk=False)
    return matcher if matcher.ratio() >= _SAME_FRAME else None


def _trimmed(run: Sequence[str]) -> Sequence[str]:
    start, end = 0, len(run)
    while start < end and run[start] in STOP_WORDS:
        start += 1
    while end > start and run[end - 1] in STOP_WORDS:
        end -= 1
    return run[start:end]


def leaks(question: str, gold: str, answer: str, extra_spans: Iterable[str] = ()) -> bool:
    """Whether an answer discloses what the gold answer says and the question did not.

    It does if half or more of the gold's content words that the question does not hold appear in it, or if
    one of `extra_spans` (facts, see `fact_spans`) does, word for word. A span that the question holds already
    does not count.
    """
    told = words(answer)
    asked = words(question)
    secret = content_words(gold, question) - set(asked)
    if secret and 2 * len(secret & set(told)) >= len(secret):
        return True
    text, prompt = f" {' '.join(told)} ", f" {' '.join(asked)} "
    for span in extra_spans:
        needle = f" {' '.join(words(span))} "
        if needle.strip() and needle in text and needle not in prompt:
            return True
    return False


@dataclass(frozen=True, slots=True)
class RougeL:
    """Longest common subsequence of words over the reference's (recall) and the answer's (precision) length."""

    recall: float
    precision: float

    @property
    def f1(self) -> float:
        """The harmonic mean of recall and precision."""
        total = self.recall + self.precision
        return 2 * self.recall * self.precision / total if total else 0.0


def rouge_l(reference: str, answer: str) -> RougeL:
    """ROUGE-L (Lin 2004) on the tokens of `words`, without stemming; 0 where either text has no word."""
    gold, told = words(reference), words(answer)
    if not gold or not told:
        return RougeL(0.0, 0.0)
    common = _longest_common_subsequence(gold, told)
    return RougeL(common / len(gold), common / len(told))


def _longest_common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    row = [0] * (len(right) + 1)
    for word in left:
        diagonal = 0
        for column, other in enumerate(right, start=1):
            above = row[column]
            row[column] = diagonal + 1 if word == other else max(above, row[column - 1])
            diagonal = above
    return row[-1]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of n cases with its 95 % Wilson interval, all in 0..1. `n` may be 0: then the value is 0.

    Where a case counts for a share of one, `hits` is no whole number, and the interval is rather too wide.
    """

    hits: float
    n: int

    @property
    def value(self) -> float:
        """hits / n."""
        return self.hits / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval (Wilson 1927)."""
        if not self.n:
            return (0.0, 1.0)
        share, n = self.value, self.n
        centre = share + _Z95**2 / (2 * n)
        half = _Z95 * sqrt(share * (1 - share) / n + _Z95**2 / (4 * n * n))
        scale = 1 + _Z95**2 / n
        low = 0.0 if self.hits == 0 else max(0.0, (centre - half) / scale)
        high = 1.0 if self.hits == n else min(1.0, (centre + half) / scale)
        return (low, high)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over n cases with its 95 % interval by the normal approximation."""

    value: float
    n: int
    half_width: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Mean:
        """The mean of `values`; 0 with n = 0 for none."""
        n = len(values)
        if not n:
            return cls(0.0, 0, 0.0)
        mean = sum(values) / n
        variance = sum((value - mean) ** 2 for value in values) / (n - 1) if n > 1 else 0.0
        return cls(mean, n, _Z95 * sqrt(variance / n))

    @property
    def interval(self) -> tuple[float, float]:
        """The mean less and plus the half width."""
        return (self.value - self.half_width, self.value + self.half_width)


def expected_max(scores: Sequence[float], k: int) -> float:
    """The expected highest of k scores drawn from these without putting any back.

    Of n independent samples it estimates without bias what the worst of k shows, as leak@k does (arXiv 2511.04934);
    with scores of 0 and 1 it is the chance that at least one of k is 1.

    Raises:
        ValueError: if k is less than 1 or more than there are scores.
    """
    if not 1 <= k <= len(scores):
        raise ValueError("k must lie between 1 and the number of scores")
    ordered = enumerate(sorted(scores), start=1)
    # The score of rank i is the highest of the draws that hold it and k - 1 of the i - 1 below it.
    return sum(comb(rank - 1, k - 1) / comb(len(scores), k) * score for rank, score in ordered)


def percentile(values: Sequence[float], share: float) -> float:
    """The value under which `share` (0..1) of `values` lie, by nearest rank.

    Raises:
        ValueError: if there are no values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
