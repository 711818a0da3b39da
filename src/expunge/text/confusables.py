"""Letters of other scripts that look like a Latin letter.

Source: the single-letter Latin prototypes of Unicode's confusables table (UTS #39, Unicode licence v3), with the
capital that looks like I read as I, and the Cyrillic letters that are drawn as small Latin capitals.
"""

from __future__ import annotations

_LOOK_ALIKES = {
    "A": "ΑАᎪᗅ\ua4ee\U000102a0\U00016f40\U0001d6a8\U0001d6e2\U0001d71c\U0001d756\U0001d790",
    "B": ("ΒВᏴᗷ\ua4d0\ua7b4\U00010282\U000102a1\U00010301\U0001d6a9\U0001d6e3\U0001d71d\U0001d757\U0001d791"),
    "C": "ϹСᏟ\u2ca4\ua4da\U000102a2\U00010302\U00010415\U0001051c",
    "D": "Ꭰᗞᗪ\ua4d3",
    "E": "ΕЕᎬ\u2d39\ua4f0\U00010286\U000118a6\U000118ae\U0001d6ac\U0001d6e6\U0001d720\U0001d75a\U0001d794",
    "F": "Ϝᖴ\ua4dd\ua798\U00010287\U000102a5\U00010525\U000118a2\U000118c2\U0001d7ca",
    "G": "ԌᏀᏳ\ua4d6",
    "H": "ΗНᎻᕼ\u2c8e\ua4e7\U000102cf\U0001d6ae\U0001d6e8\U0001d722\U0001d75c\U0001d796",
    "I": (
        "ƖΙІӀ\u2110\u2111\u2c92\uff29\U0001d408\U0001d43c\U0001d470\U0001d4d8\U0001d540\U0001d574"
        "\U0001d5a8\U0001d5dc\U0001d610\U0001d644\U0001d678\U0001d6b0\U0001d6ea\U0001d724\U0001d75e"
        "\U0001d798"
    ),
    "J": "ͿЈᎫᒍ\ua4d9\ua7b2",
    "K": "ΚКᏦᛕ\u2c94\ua4d7\U00010518\U0001d6b1\U0001d6eb\U0001d725\U0001d75f\U0001d799",
    "L": "Ꮮᒪ\u2cd0\ua4e1\U0001041b\U00010526\U000118a3\U000118b2\U00016f16",
    "M": "ΜϺМᎷᗰᛖ\u2c98\ua4df\U000102b0\U00010311\U0001d6b3\U0001d6ed\U0001d727\U0001d761\U0001d79b",
    "N": "Ν\u2c9a\ua4e0\U00010513\U0001d6b4\U0001d6ee\U0001d728\U0001d762\U0001d79c",
    "O": (
        "ΟОՕଠዐ\u2c9e\u2d54\ua4f3\U00010292\U000102ab\U00010404\U000104c2\U00010516\U000118b5\U0001d6b6"
        "\U0001d6f0\U0001d72a\U0001d764\U0001d79e"
    ),
    "P": "ΡРᏢᑭ\u2ca2\ua4d1\U00010295\U0001d6b8\U0001d6f2\U0001d72c\U0001d766\U0001d7a0",
    "Q": "\u2d55",
    "R": "ƦᎡᏒᖇ\ua4e3\U000104b4\U00016f35",
    "S": "ЅՏᏕᏚ\ua4e2\U00010296\U00010420\U00016f3a",
    "T": (
        "ΤТᎢ\u2ca6\ua4d4\U00010297\U000102b1\U00010315\U000118bc\U00016f0a\U0001d6bb\U0001d6f5\U0001d72f"
        "\U0001d769\U0001d7a3"
    ),
    "U": "Սሀᑌ\ua4f4\U000104ce\U000118b8\U00016f42",
    "V": "ѴᏙᐯ\u2d38\ua4e6\ua6df\U0001051d\U000118a0\U00016f08",
    "W": "ԜᎳᏔ\ua4ea",
    "X": (
        "ΧХᚷ\u2cac\u2d5d\ua4eb\ua7b3\U00010290\U000102b4\U00010317\U00010527\U0001d6be\U0001d6f8"
        "\U0001d732\U0001d76c\U0001d7a6"
    ),
    "Y": ("ΥϒУҮᎩᎽ\u2ca8\ua4ec\U000102b2\U000118a4\U00016f43\U0001d6bc\U0001d6f6\U0001d730\U0001d76a\U0001d7a4"),
    "Z": "ΖᏃ\ua4dc\U000118a9\U0001d6ad\U0001d6e7\U0001d721\U0001d75b\U0001d795",
    "a": "ɑαа\U0001d6c2\U0001d6fc\U0001d736\U0001d770\U0001d7aa",
    "b": "ƄЬвᏏᑲᖯ",
    "c": "ϲсᴄ\u2ca5\uabaf\U0001043d",
    "d": "ԁᏧᑯ\ua4d2",
    "e": "еҽ\uab32",
    "f": "ſքẝ\ua799\uab35",
    "g": "ƍɡցᶃ",
    "h": "нһհᏂ",
    "i": "ıɩɪͺιіӏᎥι\ua647\uab75\U000118c3\U0001d6a4\U0001d6ca\U0001d704\U0001d73e\U0001d778\U0001d7b2",
    "j": "ϳј",
    "k": "к",
    "l": "ǀᛁ\u2d4f\ua4f2\U0001028a\U00010309\U00016f28",
    "m": "м",
    "n": "ոռ",
    "o": (
        "οσоօഠဝჿᴏᴑ\u2c9f\uab3d\U0001042c\U000104ea\U000118c8\U000118d7\U0001d6d0\U0001d6d4\U0001d70a"
        "\U0001d70e\U0001d744\U0001d748\U0001d77e\U0001d782\U0001d7b8\U0001d7bc"
    ),
    "p": (
        "ρϱр\u2ca3\U0001d6d2\U0001d6e0\U0001d70c\U0001d71a\U0001d746\U0001d754\U0001d780\U0001d78e\U0001d7ba\U0001d7c8"
    ),
    "q": "ԛգզ",
    "r": "гᴦ\u2c85\uab47\uab48\uab81",
    "s": "ƽѕ\ua731\uabaa\U00010448\U000118c1",
    "t": "т",
    "u": "ʋυսᴜ\ua79f\uab4e\uab52\U000104f6\U000118d8\U0001d6d6\U0001d710\U0001d74a\U0001d784\U0001d7be",
    "v": "νѵᴠ\uaba9\U00011706\U000118c0\U0001d6ce\U0001d708\U0001d742\U0001d77c\U0001d7b6",
    "w": "ɯѡԝաᴡ\uab83\U0001170a\U0001170e\U0001170f",
    "x": "хᕁᕽ",
    "y": "ɣʏγуүყᶌỿ\u213d\uab5a\U000118dc\U0001d6c4\U0001d6fe\U0001d738\U0001d772\U0001d7ac",
    "z": "ᴢ\uab93\U000118c4",
}

TO_LATIN: dict[int, str] = {ord(sign): latin for latin, signs in _LOOK_ALIKES.items() for sign in signs}
"""Code point to the Latin letter that it looks like; for `str.translate`."""
