from __future__ import annotations

import pytest

from expunge.evals.author_names import name_in


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["Who is Odo Brackwell? He lives in Little Skarholm.", "Where did Odo Brackwell work?"], "Odo Brackwell"),
        (["What is Odo Brackwell's pet?", "Odo Brackwell’s pet is an otter."], "Odo Brackwell"),
        (
            ["Is Ilse Maria Van Tongeren here?", "Ilse Maria Van Tongeren.", "Ilse Maria left."],
            "Ilse Maria Van Tongeren",
        ),
        (["Did J. R. Brackwell write?", "J. R. Brackwell did.", "So did Vesna Tarlo."], "J. R. Brackwell"),
        (["Has Anne-Lise O'Tarlo a boat?", "Anne-Lise O'Tarlo has two."], "Anne-Lise O'Tarlo"),
        (["nobody is named here"], ""),
        ([], ""),
    ],
)
def test_the_name_is_what_most_texts_share(texts: list[str], name: str) -> None:
    assert name_in(texts) == name
