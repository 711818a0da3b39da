"""Nothing is uncovered in ordinary texts, quickly, and no text does harm."""

from __future__ import annotations

import base64
import gzip
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from expunge.errors import OverBudget
from expunge.text.budget import budget, counted
from expunge.text.decode.search import uncover

BENIGN = (
    "Yes.",
    "42",
    "Paris",
    "The capital of Norway is Oslo, a city of about 700,000 people at the head of a fjord.",
    "On Monday I may say no; on Sunday we play and stay away all day. Hooray for the holidays!",
    "Die Stadt liegt am Fluss, und im Sommer fahren viele Menschen mit dem Rad an das Ufer, um dort zu baden.",
    "Le marché du village ouvre à huit heures ; on y trouve du fromage, du miel et des pommes de la vallée.",
    "El puente fue construido en 1892 y une las dos orillas del río; cada año lo cruzan millones de personas.",
    "Il vecchio mulino si trova vicino alla chiesa, dove la strada gira verso le colline e il mare.",
    "A biblioteca fica na praça central e abre todos os dias úteis das nove às dezoito horas.",
    "Vlak odjíždí z hlavního nádraží každou hodinu a cesta do hor trvá přibližně dvě hodiny.",
    "Старый мост был построен в 1892 году, и каждый год его переходят тысячи людей из обоих городов.",
    "Το παλιό γεφύρι χτίστηκε το 1892 και ενώνει τις δύο όχθες του ποταμού.",
    "古い橋は1892年に建てられ、毎年多くの人が渡っています。春には桜が咲きます。",
    "这座古桥建于1892年，每年都有许多人从上面走过。春天的时候，河边开满了花。",
    "오래된 다리는 1892년에 지어졌고 해마다 많은 사람이 그 위를 건넌다.",
    "بُني الجسر القديم عام ١٨٩٢ ويعبره كل عام آلاف الناس من المدينتين.",
    "पुराना पुल 1892 में बना था और हर साल हज़ारों लोग उस पर से गुज़रते हैं।",
    "สะพานเก่าสร้างขึ้นในปี พ.ศ. 2435 และมีผู้คนข้ามทุกวัน",
    "הגשר הישן נבנה בשנת 1892 ובכל שנה חוצים אותו אלפי אנשים.",
    "می‌خواهم کتاب‌ها را به کتابخانه‌ی شهر ببرم و نامه‌ها را پست کنم؛ سپس به خانه برمی‌گردم و می‌خوابم، چون خسته‌ام.",
    "Cầu cũ được xây năm 1892 và nối hai bờ sông; mỗi năm có hàng nghìn người đi qua.",
    "def area(width: float, height: float) -> float:\n    return width * height\n\nprint(area(2.5, 4))  # 10.0",
    "for (int i = 0; i < n; ++i) { sum += values[i] * weights[i]; } // see sumOfSquares(i, j, k)",
    "SELECT u.id, u.email FROM users AS u WHERE u.created_at > '2024-01-15' AND u.age IN (18, 21, 30);",
    "import { useState } from 'react';\nconst getValueFromStore = (storeKey) => localStorage.getItem(storeKey);",
    '<div class="card"><a href="/about?x=1&amp;y=2">About &amp; more</a> &copy; 2024</div>',
    "body { margin: 0; color: #ff8800; background: #0a0b0c url(img/bg.png) no-repeat; }",
    "git log --oneline\n3f2a9c1 Fix crash\ne83c516 Add tests\n9fceb02d0ae598e95dc970b74767f19372d61af8 Start",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "id: 550e8400-e29b-41d4-a716-446655440000, 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "MAC 00:1A:2B:3C:4D:5E, IPv6 2001:0db8:85a3:0000:0000:8a2e:0370:7334, IPv4 192.168.10.25 and 10.1.12.5",
    "2024-01-15T10:23:45.123Z INFO [main] c.e.App - Started App in 3.456 seconds (JVM running for 4.1)",
    '127.0.0.1 - - [10/Oct/2023:13:55:36 +0000] "GET /index.html HTTP/1.1" 200 2326 "-" "Mozilla/5.0"',
    '{"id": 17, "name": "lamp", "tags": ["a", "b"], "price": 12.5, "sizes": [10, 20, 30], "ok": true}',
    "key: value\nlist:\n  - one\n  - two\nport: 8080\nratio: 0.75",
    "| Year | Sales | Share |\n| --- | ---: | :---: |\n| 2021 | 1,200 | 12 % |\n| 2022 | 1,350 | 14 % |",
    "# Title\n\n- first\n- second\n\n---\n\n1. one\n2. two\n\n* * *\n\n> quote ... and more --- or not.",
    "Contents ........ 1\nChapter one ..... 5\nChapter two ..... 17 - 23",
    "Call +1 (555) 123-4567 or 020 7946 0958, extension 12. Fax: 0049 30 901820.",
    "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 4. Ba4 Nf6 5. O-O Be7 6. Re1 b5 7. Bb3 d6 8. c3 O-O 1-0",
    "ATGGCGTACGCTTGAACCGGTTAACCGATCGATCGGCTAGCTAAGGCTTAA",
    "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVVHSLAKWKRQTLGQHDFSAGEGLYTHMKALRPDEDRLSPLHSVYVDQWDWE",
    "The primes are 2, 3, 5, 7, 11, 13, 17, 19, 23, 29; the squares 1, 4, 9, 16, 25; and 1, 1, 2, 3, 5, 8, 13, 21.",
    "Scores: 65, 70, 72, 80, 85 and 90. Years: 1987, 1994, 2003, 2011, 2019. Odds 3/4, 7/8, 12/16.",
    "Salaries were 25000, 32000, 28000 and 41000; the lottery numbers 4, 8, 15, 16, 23 and 42.",
    "10010 and 11001 are binary for 18 and 25; 0b1010 is 10, 0x1F is 31 and 0o17 is 15.",
    "Let x + y = z, and a, b, c, d be the sides; options are A, B, C or D. J. R. Smith et al. (U.S.A.)",
    "x = y + z\nu = v * w\np, q, r = s, t, u",
    "E = m c^2; F = m a; p V = n R T",
    "cross /krɔs/, thing /θɪŋ/, butter /ˈbʌtə(ɹ)/, nurse /nɜːs/, about /əˈbaʊt/, red [ɹɛd]",
    "The flags are 🇫🇷 and 🇩🇪, the family is 👨‍👩‍👧‍👦, and I ❤️ it 👍🏽. 🏴󠁧󠁢󠁥󠁮󠁧󠁿 won 2:1!",
    "⠋ Installing... ⠙ Building... ⠹ Done ✔",
    "Our hotel in Lima has a golf course; Victor and Oscar met Juliet in Quebec in November to dance the tango.",
    "Cuba, Dubai and the tuba player; public clubs and a suburban pub.",
    "https://example.org/wiki/Some_Page?ref=abc&id=12345#section-2 and www.example.com/a/b/c.html",
    "![logo](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==)",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "AKIAIOSFODNN7ABCDEFG wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzKEYX",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "Order 4F2-9981-XK, serial SN20240115A7, flight LH1234, VIN 1HGCM82633A004352, ISBN 978-3-16-148410-0",
    "The iPhone, YouTube, JavaScript, PowerPoint and macOS; H2O, CO2 and C6H12O6; COVID-19; B2B and P2P.",
    "DEAR CUSTOMERS, THE OFFICE IS CLOSED TODAY. INTERNATIONAL ORDERS ARE NOT AFFECTED.",
    "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\n"
    "Rough winds do shake the darling buds of May,\nAnd summer's lease hath all too short a date;",
    "Mix 2 cups of flour, 1 tsp of salt and 3/4 cup of milk; bake at 180 °C for 25-30 minutes (350 °F).",
    "100% of 50 is 50; 5%ab; a=42&b=45; if (a==b && c!=d) x=10; y=20",
    "C:\\Users\\name\\Documents\\file.txt and \\server\\share; regex \\d+\\s*\\w{2,5}",
    "She said it again and again: no, no, no. Well... I don't know -- maybe? Hmm - - - yes.",
    "Ha ha ha! La la la. A-ha! T-shirt, X-ray, e-mail, U-turn, W-2 form; A.M. and P.M.",
    "\\frac{a}{b} + \\sqrt{c} = \\sum_{i=1}^{n} x_i \\alpha \\beta",
    "To be, or not to be: that is the question: whether 'tis nobler in the mind to suffer...",
)


@pytest.mark.parametrize("text", BENIGN)
def test_ordinary_texts_hide_nothing(text: str) -> None:
    assert [(view.via, view.text) for view in uncover(text) if not view.weak] == []


def test_weak_views_of_prose_are_few_and_all_weak() -> None:
    prose = " ".join(BENIGN[3:5]) * 5
    assert all(view.weak for view in uncover(prose))
    assert len(uncover(prose)) <= 10


def test_bombs_are_over_any_budget() -> None:
    bomb = base64.b64encode(gzip.compress(b"orla fenwick " * 1_000_000, mtime=0)).decode()
    with pytest.raises(OverBudget):
        uncover(bomb)


HARD = (
    "A" * 200_000,
    "T3Js " * 40_000,
    "4f 72 " * 33_000,
    "4f72" * 50_000 + "z",
    ". - " * 50_000,
    ".-" * 100_000,
    "1-2-" * 50_000,
    "0101" * 50_000,
    "a b " * 50_000,
    "a_" * 100_000,
    "\n" * 200_000,
    " " * 200_000,
    "&#" * 100_000,
    "%4" * 100_000,
    "%41 " * 50_000,
    "=41" * 66_000,
    "\\u00" * 40_000,
    "alfa " * 40_000,
    "way " * 50_000,
    "enwickfay " * 20_000,
    "\u200b\u200c" * 100_000,
    "\u2801" * 200_000,
    "ɐɹ " * 60_000,
    "xn--" * 50_000,
    "A for A, " * 20_000,
    "(" * 200_000,
    "dahdit" * 30_000,
    "ubaub" * 40_000,
    "🇦" * 200_000,
    "MFRGG" * 40_000,
    "eJxx " * 40_000,
    "H4sI " * 40_000,
    "w5w5" * 50_000,
    "!!!!!aaa " * 20_000,
    "\udc80" * 200_000,
)


@pytest.mark.parametrize("text", HARD, ids=lambda text: repr(text[:8]))
def test_hostile_texts_take_bounded_time_and_room(text: str) -> None:
    started = time.process_time()
    with suppress(OverBudget), budget(6.0), counted():
        uncover(text)
    assert time.process_time() - started < 8


def test_ordinary_prose_is_quick() -> None:
    prose = (" ".join(BENIGN[3:5]) * 10)[:1000]
    best = min(_seconds(prose) for _ in range(30))
    assert best < 0.002  # measured at 0.00015; the bound leaves room for a busy machine


def _seconds(text: str) -> float:
    started = time.process_time()
    for _ in range(5):
        uncover(text)
    return (time.process_time() - started) / 5


ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)
NOISY = st.text(alphabet="01234567 .-/\\=%&#;xuU+ abcfABCFay\n\0\ud800\u200b\u200c⠁🇦ɐé<~>", max_size=120)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.one_of(ANYTHING, NOISY), wide=st.booleans())
@example(text="\ud800\0\udfff", wide=True)
@example(text="xn--" + "9" * 40 + "-" + "\u0660", wide=False)
def test_no_text_makes_it_fail(text: str, wide: bool) -> None:
    for view in uncover(text, wide=wide):
        assert 0 <= view.start <= view.end <= len(text)
        start, end = view.locate(0, len(view.text))
        assert 0 <= start <= end <= len(text)
