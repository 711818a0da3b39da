"""The ids of the first table are those of the tokenizer that the weights came with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expunge.models.e5 import files, tokenizer
from expunge.models.e5.source import Source
from expunge.models.e5.tokenizer import Tokenizer
from expunge.settings import Settings

IDS = [
    ("Her father kept bees.", [1840, 67373, 93544, 186, 90, 5]),
    ("Ihr Vater, ein Glaser, hielt Bienen.", [10980, 82629, 4, 599, 33287, 56, 4, 190432, 32743, 33, 5]),
    ("他的父亲在屋后养蜂。", [6, 7335, 42770, 213, 9909, 1826, 27670, 108643, 30]),
    (
        "彼の父は家の裏で蜜蜂を飼っていた。",
        [6, 139601, 23690, 342, 107343, 30690, 507, 66376, 108643, 251, 114227, 55747, 30],
    ),
    ("كان والده يربي النحل خلف البيت.", [4003, 19601, 176, 767, 94800, 6608, 23287, 67098, 83226, 5]),
    ("Он держал пчёл за домом.", [4531, 6, 15919, 3844, 3707, 1068, 48841, 61, 12164, 419, 5]),
    ("บิดาของเธอเลี้ยงผึ้ง", [6, 48770, 17252, 129783, 56671, 217018]),
    ("ﬁne ½ ＡＢＣ １２３ ㍿ ﷺ", [5885, 78660, 47457, 37638, 6, 93743, 16509, 1423, 4472, 8756]),
    ("  two   spaces\tand\n\nlines ", [6626, 32628, 7, 136, 124519, 6]),
    ("", [6]),
    ("a\u200bb\xa0c", [10, 876, 501]),
    ("don't doi ment ks ais", [2301, 25, 18, 54, 14, 6, 674, 6, 1224, 10, 164]),
    ("🙂👩\u200d👩\u200d👧 ok", [3143, 244785, 6, 244785, 6, 245719, 3664]),
    ("ΑΒΓ ἀρχή Ω", [3867, 28696, 15733, 6, 195682, 55149, 1313, 6, 20723]),
    ("हिन्दी में लिखा", [66997, 421, 74864]),
    ("한국어 문장입니다", [193751, 27940, 3013, 5826]),
    (
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        [20112, 425, 43883, 43883, 43883, 43883, 43883, 43883, 43883, 43883, 43883, 43883, 43883, 43883],
    ),
    ("\x01\x02z\x7f", [97]),
    ("▁meta▁space", [23550, 32628]),
]


@pytest.fixture(scope="module")
def real() -> Tokenizer:
    return tokenizer.load(files.find(Settings().cache()).vocabulary)


@pytest.mark.parametrize(("text", "ids"), IDS)
def test_cuts_as_the_original_does(real: Tokenizer, text: str, ids: list[int]) -> None:
    assert real.ids(text) == ids


@pytest.mark.parametrize(
    "text", ["Ze\u0301lie a\u0302ge\u0301", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165", "ti\u1ebf\u0302ng"]
)
def test_letters_in_parts_are_letters(real: Tokenizer, text: str) -> None:
    import unicodedata

    assert real.ids(text) == real.ids(unicodedata.normalize("NFC", text))


def test_rough_pieces_are_the_same_whatever_was_cut_before(real: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [text for text, _ in IDS] + ["Glaser " + "ö" * 60, "unverwechselbarerweise"]
    first = [real.rough_ids(text) for text in texts]
    again = [real.rough_ids(text) for text in texts]
    monkeypatch.setattr(tokenizer, "_KEPT", 2)
    real.rough_ids("neverbefore")
    assert len(real._rough) == 1
    assert first == again == [real.rough_ids(text) for text in texts]


@pytest.mark.parametrize("sign", ["<s>", "</s>", "<pad>", "<unk>", "<mask>"])
def test_nobody_writes_the_models_own_signs(real: Tokenizer, sign: str) -> None:
    ids = real.ids(f"a {sign} b")
    assert not {0, 1, 2, 250_001} & set(ids)
    assert len(ids) > 3


def test_what_is_saved_is_loaded(tiny: Any, tmp_path: Path) -> None:
    (tmp_path / "tiny.bin").write_bytes(tiny.data)
    path = tmp_path / "vocabulary.json"
    path.write_bytes(tokenizer.save(Source(tmp_path / "tiny.bin").vocabulary))
    loaded = tokenizer.load(path)
    assert (loaded.begin, loaded.end, loaded.padding) == (0, 2, 1)
    # "▁sea" (-6) beats "▁s", "e", "a" (-16.5); of "seas" the end is a piece of its own; Q is no piece at all.
    assert loaded.ids("the\nsea\x01 seas Q") == [7, 8, 8, 9, 4, 3]
